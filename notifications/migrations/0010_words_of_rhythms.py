"""Shorter words for how often mail comes, which fit a phone: nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0009_sealed_browsers"),
    ]

    operations = [
        migrations.AlterField(
            model_name="timing",
            name="mail_rhythm",
            field=models.CharField(
                choices=[
                    ("immediate", "Within a few minutes"),
                    ("daily", "Once a day"),
                    ("weekly", "Once a week, on Mondays"),
                ],
                default="immediate",
                max_length=10,
            ),
        ),
    ]
