from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # So that people can share while it is made.
    atomic = False

    dependencies = [
        ("reactions", "0002_mentions"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="share",
            index=models.Index(fields=["-created_at", "-post"], include=("person",), name="share_newest"),
        ),
    ]
