"""Likes and shares. A comment is a post that answers another (socialapp.posts)."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from socialapp.posts.ids import NextId
from socialapp.posts.models import Post


class Like(models.Model):
    """`person` likes `post`."""

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    post = models.ForeignKey(
        Post, verbose_name=pgettext_lazy("admin", "post"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "person"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now(), editable=False)
    # True while `person` is suspended, and so not counted; null, which takes no room, for all others. Workers keep it.
    uncounted = models.BooleanField(pgettext_lazy("admin", "uncounted"), null=True, editable=False)

    class Meta:
        verbose_name = pgettext_lazy("admin", "like")
        verbose_name_plural = pgettext_lazy("admin", "likes")
        constraints = [
            # Someone likes a post once, however often they repeat it. Also serves: did I like these?
            models.UniqueConstraint("person", "post", name="one_like_per_person_and_post"),
        ]
        # likes_of: newest first
        indexes = [models.Index(fields=["post", "-id"], name="like_of_post")]

    def __str__(self) -> str:
        return f"{self.person_id} likes {self.post_id}"


class Share(models.Model):
    """`person` shows `post` to their followers. Its id is in one order with those of posts."""

    id = models.BigIntegerField(pgettext_lazy("admin", "id"), primary_key=True, db_default=NextId(), editable=False)
    post = models.ForeignKey(
        Post, verbose_name=pgettext_lazy("admin", "post"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "person"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now(), editable=False)
    # True while `person` is suspended, and so not counted; null, which takes no room, for all others. Workers keep it.
    uncounted = models.BooleanField(pgettext_lazy("admin", "uncounted"), null=True, editable=False)

    class Meta:
        verbose_name = pgettext_lazy("admin", "share")
        verbose_name_plural = pgettext_lazy("admin", "shares")
        constraints = [
            # Someone shares a post once. Also serves: did I share these?
            models.UniqueConstraint("person", "post", name="one_share_per_person_and_post"),
        ]
        indexes = [
            # shares_of: newest first
            models.Index(fields=["post", "-id"], name="share_of_post"),
            # feeds: each person's newest
            models.Index(fields=["person", "-id"], include=["post", "created_at"], name="share_person_newest"),
            # feeds of people who follow many: the newest of everybody, from the index alone
            models.Index(fields=["-id"], include=["person", "post", "created_at"], name="share_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} shared {self.post_id}"
