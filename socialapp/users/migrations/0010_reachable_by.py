"""Who may mention people and reply to them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0009_departure"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="reachable_by",
            field=models.CharField(
                choices=[("everyone", "Everyone"), ("following", "People I follow"), ("no_one", "No one")],
                db_default="everyone",
                default="everyone",
                max_length=10,
                verbose_name="reachable by",
            ),
        ),
    ]
