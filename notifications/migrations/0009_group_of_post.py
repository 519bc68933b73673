"""The group of an activity is found by its post and its recipient, whichever index was made last.

It also serves the queries of the release before, so that the old index can be dropped in the same migration.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notifications", "0008_strangers")]

    operations = [
        AddIndexConcurrently(
            model_name="notificationgroup",
            index=models.Index(
                condition=models.Q(("post__isnull", False)), fields=["post", "recipient"], name="group_of_post"
            ),
        ),
        RemoveIndexConcurrently(model_name="notificationgroup", name="group_post"),
    ]
