from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # So that people can share while it is made.
    atomic = False

    dependencies = [
        ("reactions", "0002_mentions"),
    ]

    operations = [
        # What a run that was cut off left behind, so that it can be run again.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS share_newest", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="share",
            index=models.Index(fields=["-created_at", "-post"], include=("person",), name="share_newest"),
        ),
    ]
