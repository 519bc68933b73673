from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # So that people can post while it is made.
    atomic = False

    dependencies = [
        ("posts", "0003_pictures"),
    ]

    operations = [
        # What a run that was cut off left behind, so that it can be run again.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS post_newest", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["-created_at", "-id"],
                include=("author",),
                name="post_newest",
            ),
        ),
    ]
