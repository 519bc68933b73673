"""Feeds read from their indexes alone whether a post is for a few. Made while people write.

Each new index also serves what an old one did, for the release of before, so that the old one can go at once.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("posts", "0002_audience")]

    operations = [
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("hidden_at", None), ("reply_to_author", None)),
                fields=["author", "-id"],
                include=("created_at", "visibility"),
                name="post_author_first",
            ),
        ),
        RemoveIndexConcurrently(model_name="post", name="post_author_begins"),
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("hidden_at", None), ("reply_to_author__isnull", False)),
                fields=["author", "-id"],
                include=("reply_to_author", "created_at", "visibility"),
                name="post_author_answers",
            ),
        ),
        RemoveIndexConcurrently(model_name="post", name="post_author_replies"),
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("hidden_at", None)),
                fields=["-id"],
                include=("author", "reply_to_author", "created_at", "visibility"),
                name="post_newest",
            ),
        ),
        RemoveIndexConcurrently(model_name="post", name="post_shown"),
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at", None), ("hidden_at", None), ("thread", None), ("visibility", "public")
                ),
                fields=["-id"],
                name="post_public",
            ),
        ),
        # The release of before reads its public feed from post_newest.
        RemoveIndexConcurrently(model_name="post", name="post_begins_thread"),
        AddIndexConcurrently(
            model_name="post",
            index=models.Index(
                condition=models.Q(("visibility", "direct")), fields=["author", "-id"], name="post_direct"
            ),
        ),
    ]
