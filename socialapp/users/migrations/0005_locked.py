"""Whether people approve their followers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0004_log_in_unseen_from_sessions"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="locked",
            field=models.BooleanField(db_default=False, default=False, verbose_name="locked"),
        ),
    ]
