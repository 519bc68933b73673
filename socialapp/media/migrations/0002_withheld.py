from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            "picture", "withheld", models.BooleanField(db_default=False, default=False, editable=False)
        ),
        migrations.AddField(
            "picture", "is_aside", models.BooleanField(db_default=False, default=False, editable=False)
        ),
        migrations.AddField("picture", "heavy", models.BooleanField(db_default=False, default=False, editable=False)),
    ]
