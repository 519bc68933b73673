from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # So that people can post while it is made.
    atomic = False

    dependencies = [
        ("posts", "0003_pictures"),
    ]

    operations = [
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
