"""Bookmarks of people."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from socialapp.posts.models import Post


class Bookmark(models.Model):
    """`person` saved `post`. Only they see it: it is not counted, and the author is not notified."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    # A post that is removed takes its bookmarks along.
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            # Somebody saves a post once. Also serves: did I save these?
            models.UniqueConstraint("person", "post", name="one_bookmark_per_person_and_post"),
        ]
        # bookmarks_of: the one saved last first
        indexes = [models.Index(fields=["person", "-id"], name="bookmark_newest")]

    def __str__(self) -> str:
        return f"{self.person_id} keeps {self.post_id}"
