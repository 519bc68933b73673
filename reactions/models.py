"""The three ways to react to a post, and whom a comment names."""

from collections.abc import Collection

from django.conf import settings
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.db import models
from django.db.models.functions import Now

from socialapp.http.writing import LinesField
from socialapp.posts.models import Post

COMMENT_LENGTH = 5_000


class Like(models.Model):
    """`person` likes `post`."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    # True while `person` is suspended, and so not counted; null, which takes no room, for all others. Workers keep it.
    uncounted = models.BooleanField(null=True, editable=False)

    class Meta:
        constraints = [
            # Someone likes a post once, however often they say so. Also serves: did I like these?
            models.UniqueConstraint("person", "post", name="one_like_per_person_and_post"),
        ]
        # likes_of: newest first
        indexes = [models.Index(fields=["post", "-id"], name="like_of_post")]

    def __str__(self) -> str:
        return f"{self.person_id} likes {self.post_id}"


class Share(models.Model):
    """`person` shows `post` to their followers."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    # True while `person` is suspended, and so not counted; null, which takes no room, for all others. Workers keep it.
    uncounted = models.BooleanField(null=True, editable=False)

    class Meta:
        constraints = [
            # Someone shares a post once. Also serves: did I share these?
            models.UniqueConstraint("person", "post", name="one_share_per_person_and_post"),
        ]
        indexes = [
            # shares_of: newest first
            models.Index(fields=["post", "-id"], name="share_of_post"),
            # feeds: each person's newest
            models.Index(fields=["person", "-created_at", "-post"], name="share_person_newest"),
            # feeds of who follows many: anybody's newest, from the index alone
            models.Index(fields=["-created_at", "-post"], include=["person"], name="share_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} shared {self.post_id}"


class Comment(models.Model):
    """What `author` says below `post`, to the post or in reply to another comment there.

    visible → hidden (by an admin, with a reason) → visible
    visible → deleted (by its author) → visible (undo)
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    body = LinesField(validators=[MaxLengthValidator(COMMENT_LENGTH), ProhibitNullCharactersValidator()])
    reply_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # The comment that began this thread, itself for one that is no reply: a post's page reads in (root, id) order.
    root_id = models.BigIntegerField(editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    hidden_at = models.DateTimeField(null=True, blank=True, editable=False)
    hidden_reason = models.TextField(blank=True, default="", db_default="")
    # Chosen by the client, so that the same comment sent twice is one comment.
    client_key = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    # Of what came with that key (socialapp.http.keys).
    client_digest = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    # True while `author` is suspended, and so not counted; null, which takes no room, for all others. Workers keep it.
    uncounted = models.BooleanField(null=True, editable=False)

    # Set by threads.thread_page, for `prose`: usernames that exist, of those in the bodies of a page.
    mentioned: Collection[str] | None = None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "author", "client_key", name="one_comment_per_client_key", condition=~models.Q(client_key="")
            ),
        ]
        indexes = [
            # comments_of: thread by thread
            models.Index(fields=["post", "root_id", "id"], name="comment_thread"),
            # what someone wrote
            models.Index(fields=["author", "-id"], name="comment_author"),
            # admin: what was hidden
            models.Index(fields=["hidden_at"], name="comment_hidden", condition=models.Q(hidden_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.body[:60]


class Mention(models.Model):
    """That `comment` names `person`. Who wrote it is not among them."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            # Somebody is told of a comment once, however often it names them.
            models.UniqueConstraint("comment", "person", name="one_mention_per_comment_and_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.comment_id}"
