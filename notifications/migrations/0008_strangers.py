"""Notices from strangers: policies, and who waits in a box of their own."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

VERDICTS = [("accept", "Accept"), ("filter", "Filter: into a box of their own"), ("drop", "Drop")]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("notifications", "0007_mutes_of_feeds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticePolicy",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("not_following", models.CharField(choices=VERDICTS, default="accept", max_length=10)),
                ("not_followers", models.CharField(choices=VERDICTS, default="accept", max_length=10)),
                ("new_accounts", models.CharField(choices=VERDICTS, default="accept", max_length=10)),
                ("private_mentions", models.CharField(choices=VERDICTS, default="accept", max_length=10)),
            ],
        ),
        migrations.CreateModel(
            name="Stranger",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("accepted_at", models.DateTimeField(null=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "stranger",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("accepted_at__isnull", True)),
                        fields=["person", "-id"],
                        name="stranger_waits",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(models.F("person"), models.F("stranger"), name="one_stranger_per_pair")
                ],
            },
        ),
        AddIndexConcurrently(
            model_name="groupmember",
            index=models.Index(
                condition=models.Q(("suppressed_reason", "stranger")),
                fields=["actor", "group"],
                name="member_of_stranger",
            ),
        ),
    ]
