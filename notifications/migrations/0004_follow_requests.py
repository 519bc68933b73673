"""Kinds of notifications: requests to follow, and their approval."""

from django.db import migrations, models

KINDS = [
    ("like", "Like"),
    ("share", "Share"),
    ("comment", "Comment"),
    ("reply", "Reply"),
    ("mention", "Mention"),
    ("follow", "Follow"),
    ("request", "Follow request"),
    ("accept", "Accepted request"),
    ("post", "Post"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0003_failing_circuits"),
    ]

    operations = [
        migrations.AlterField(
            model_name="mute",
            name="kind",
            field=models.CharField(blank=True, choices=KINDS, default="", max_length=10),
        ),
        migrations.AlterField(
            model_name="notificationgroup",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=10, verbose_name="kind"),
        ),
        migrations.AlterField(
            model_name="preference",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=10),
        ),
    ]
