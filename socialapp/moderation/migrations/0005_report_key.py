"""The key under which a client sent a report. The default is a constant."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("moderation", "0004_holds")]

    operations = [
        migrations.AddField(
            model_name="report",
            name="client_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
