"""Whose each picture is: people and pictures point at each other, so this comes second."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("media", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="picture",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="owner",
            ),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(
                condition=models.Q(("withheld", models.F("is_aside")), _negated=True),
                fields=["id"],
                name="picture_to_move",
            ),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["due_at"], name="picture_due"),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False)), fields=["expires_at"], name="picture_expires"
            ),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(
                condition=models.Q(("has_upload", True), models.Q(("state", "waiting"), _negated=True)),
                fields=["id"],
                name="picture_upload_left",
            ),
        ),
    ]
