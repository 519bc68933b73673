from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # So that people can post while they are made. Each step can be run again after it was cut off.
    atomic = False

    dependencies = [
        ("posts", "0004_newest"),
    ]

    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS post_author_shown", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("hidden_at", None)),
                fields=["author", "-created_at", "-id"],
                name="post_author_shown",
            ),
        ),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS post_shown", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("hidden_at", None)),
                fields=["-created_at", "-id"],
                include=("author",),
                name="post_shown",
            ),
        ),
        RemoveIndexConcurrently(model_name="post", name="post_newest"),
        RemoveIndexConcurrently(model_name="post", name="post_author_newest"),
    ]
