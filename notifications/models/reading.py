"""What people have read of their inboxes."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from socialapp.posts.models import Post


class ReadMark(models.Model):
    """All up to here is read: groups by sequence, pulled posts by time. Apart from Inbox, which workers lock.

    `version` grows with whatever its person marks read or unread, so that their other browsers can tell.
    The `previous_` mark is what marking all read can be taken back to; NULL when there is nothing to take back.
    The person was shown the inbox as it was at `shown_seq` and `shown_at`: a request that does not say what was seen
    marks nothing read that is newer.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    seq = models.BigIntegerField(default=0, db_default=0)
    posts_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0, db_default=0)
    previous_seq = models.BigIntegerField(null=True)
    previous_posts_at = models.DateTimeField(null=True)
    shown_seq = models.BigIntegerField(null=True)
    shown_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person_id} has read up to {self.seq}"


class PostMark(models.Model):
    """Someone marked the notification of one new post read or unread. Holds against a ReadMark that is older."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    unread = models.BooleanField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        # One mark per person and post.
        constraints = [models.UniqueConstraint("person", "post", name="one_mark_per_person_and_post")]

    def __str__(self) -> str:
        return f"{self.post_id} is {'un' if self.unread else ''}read for {self.person_id}"
