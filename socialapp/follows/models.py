"""Follows, requests to follow, and blocks between two people."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Follow(models.Model):
    """`follower` sees what `followee` posts and shares, and is notified of new posts."""

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    follower = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "follower"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    followee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "followee"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now(), editable=False)
    # True if the followee approved a request; null, which takes no room, for all others.
    approved = models.BooleanField(pgettext_lazy("admin", "approved"), null=True, editable=False)
    # True while that person is suspended, and so not counted by the other's profile; otherwise null, which takes no
    # space. Workers keep both up to date.
    follower_uncounted = models.BooleanField(pgettext_lazy("admin", "follower uncounted"), null=True, editable=False)
    followee_uncounted = models.BooleanField(pgettext_lazy("admin", "followee uncounted"), null=True, editable=False)

    class Meta:
        verbose_name = pgettext_lazy("admin", "follow")
        verbose_name_plural = pgettext_lazy("admin", "follows")
        constraints = [
            # One follows another once. Also serves: is_following, feeds (without a look at the rows).
            models.UniqueConstraint("follower", "followee", include=["created_at"], name="one_follow_per_pair_since"),
            models.CheckConstraint(
                condition=~models.Q(follower=models.F("followee")), name="nobody_follows_themselves"
            ),
        ]
        indexes = [
            # followers_of, following_of: newest first
            models.Index(fields=["followee", "-id"], name="follow_followers"),
            models.Index(fields=["follower", "-id"], name="follow_following"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.followee_id}"


class FollowRequest(models.Model):
    """`follower` asks to follow `followee`, who approves their followers.

    waiting → approved: a Follow → refused by the followee, or taken back by the follower: gone
    """

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    follower = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "follower"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    followee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "followee"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = pgettext_lazy("admin", "follow request")
        verbose_name_plural = pgettext_lazy("admin", "follow requests")
        constraints = [
            # One asks another once, however often they repeat it. Also serves: did I ask these?
            models.UniqueConstraint("follower", "followee", name="one_follow_request_per_pair"),
            models.CheckConstraint(
                condition=~models.Q(follower=models.F("followee")), name="nobody_asks_to_follow_themselves"
            ),
        ]
        # requests_to: newest first
        indexes = [models.Index(fields=["followee", "-id"], name="follow_request_list")]

    def __str__(self) -> str:
        return f"{self.follower_id} asks to follow {self.followee_id}"


class Block(models.Model):
    """`blocked` can neither follow `blocker` nor react to their posts, and `blocker` is not notified of them."""

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    blocker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "blocker"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    blocked = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "blocked"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = pgettext_lazy("admin", "block")
        verbose_name_plural = pgettext_lazy("admin", "blocks")
        constraints = [
            # One blocks another once. Also serves: is_blocked.
            models.UniqueConstraint("blocker", "blocked", name="one_block_per_pair"),
            models.CheckConstraint(condition=~models.Q(blocker=models.F("blocked")), name="nobody_blocks_themselves"),
        ]
        indexes = [
            # blocks_of: newest first
            models.Index(fields=["blocker", "-id"], name="block_list"),
            # an account that is deleted
            models.Index(fields=["blocked"], name="block_blocked"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"


class Alias(models.Model):
    """`person` says that `former` is an account of theirs, too, which may move to this one."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    former = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # An account is named once.
            models.UniqueConstraint("person", "former", name="one_alias_per_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.former_id} is also {self.person_id}"


class Move(models.Model):
    """The account of `person` leads to `target`, and workers have its followers follow that one instead.

    running → done; running, done → ended, by its person; each → running, when they move again
    A worker holds it until `due_at`; each claim has a number, and only the last one counts.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        ENDED = "ended", _("ended")

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    target = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    # The followers up to this follow have moved, or cannot.
    last_follow = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(null=True)
    claim = models.IntegerField(default=0)

    class Meta:
        indexes = [
            # claim, sweep: those to work on
            models.Index(fields=["due_at"], name="move_due", condition=models.Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} moved to {self.target_id}"
