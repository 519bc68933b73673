"""The badge finds what was released since somebody read all. Made while people write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("moderation", "0006_one_report_per_key")]

    operations = [
        AddIndexConcurrently(
            model_name="hold",
            index=models.Index(
                fields=["published_at"],
                include=["held_at"],
                name="hold_published",
                condition=models.Q(published_at__isnull=False),
            ),
        ),
    ]
