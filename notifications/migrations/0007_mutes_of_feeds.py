"""Mutes of people hide them from feeds; of notifications only where that is wanted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0006_moderation"),
    ]

    operations = [
        migrations.AddField(
            model_name="mute",
            name="notifications",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
