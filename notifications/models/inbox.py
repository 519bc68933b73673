"""The in-app inbox, grouped when written, so that a page of it is a page of rows."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from socialapp.messaging.messages import ActivityKind
from socialapp.posts.models import Post


class Kind(models.TextChoices):
    """What a notification is about. A POST has no group: new posts are read when shown (inbox/followed_posts.py)."""

    LIKE = ActivityKind.LIKE.value, pgettext_lazy("kind", "Like")
    SHARE = ActivityKind.SHARE.value, pgettext_lazy("kind", "Share")
    COMMENT = ActivityKind.COMMENT.value, pgettext_lazy("kind", "Comment")
    REPLY = ActivityKind.REPLY.value, pgettext_lazy("kind", "Reply")
    MENTION = ActivityKind.MENTION.value, pgettext_lazy("kind", "Mention")
    FOLLOW = ActivityKind.FOLLOW.value, pgettext_lazy("kind", "Follow")
    REQUEST = ActivityKind.REQUEST.value, pgettext_lazy("kind", "Follow request")
    ACCEPT = ActivityKind.ACCEPT.value, pgettext_lazy("kind", "Accepted request")
    POST = "post", pgettext_lazy("kind", "Post")
    MODERATION = ActivityKind.MODERATION.value, pgettext_lazy("kind", "Moderation")


class NotificationGroup(models.Model):
    """One row of an inbox: "Alice, Bob and 12 others liked your post".

    Its place is `seq`, the recipient's own sequence, given when someone joins
    the group for the first time. It is unread while `unread_seq` is beyond the
    recipient's `ReadMark.seq`; so marking all read is one update, and what
    commits later is unread.
    """

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "recipient"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    kind = models.CharField(pgettext_lazy("admin", "kind"), max_length=10, choices=Kind)
    post = models.ForeignKey(
        Post,
        verbose_name=pgettext_lazy("admin", "post"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    count = models.IntegerField(pgettext_lazy("admin", "count"), default=0, db_default=0)  # people in it
    newest_ids = ArrayField(
        models.BigIntegerField(), verbose_name=pgettext_lazy("admin", "newest ids"), default=list, db_default=[]
    )  # at most 3 of them, newest first
    at = models.DateTimeField(pgettext_lazy("admin", "at"), db_default=Now())  # of the reaction that last moved it up
    seq = models.BigIntegerField(pgettext_lazy("admin", "seq"), default=0, db_default=0)
    unread_seq = models.BigIntegerField(pgettext_lazy("admin", "unread seq"), null=True, blank=True)
    # What it held up to this number was marked read by itself, and it was marked unread with that one since. From
    # these, and the numbers of its members, `unread_seq` follows when a member goes or comes back.
    read_seq = models.BigIntegerField(pgettext_lazy("admin", "read seq"), default=0, db_default=0)
    marked_seq = models.BigIntegerField(pgettext_lazy("admin", "marked seq"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("admin", "group")
        verbose_name_plural = pgettext_lazy("admin", "groups")
        db_table = "notifications_group"
        constraints = [
            # All who did one thing to one post are one row of an inbox.
            models.UniqueConstraint(
                "recipient", "kind", "post", name="one_group_per_kind_and_post", nulls_distinct=False
            ),
        ]
        indexes = [
            # inbox: a page of it
            models.Index(fields=["recipient", "-seq"], name="group_inbox", condition=models.Q(count__gt=0)),
            # unread_count: the badge
            models.Index(
                fields=["recipient", "unread_seq"],
                name="group_unread",
                condition=models.Q(unread_seq__isnull=False, count__gt=0),
            ),
            # A post that goes takes its groups along. With their recipients, because the planner may look for the group
            # of an activity here, too: this index costs it the same as that of the constraint, and the newer one wins.
            models.Index(fields=["post", "recipient"], name="group_of_post", condition=models.Q(post__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.post_id} to {self.recipient_id}"


class GroupMember(models.Model):
    """That `actor` is in a group, by one activity: a like, a share, a follow, the comment `reply_id`, or a mention.

    Stays, with `active` false, when the activity is taken back: done again, it does not notify again.
    """

    # An activity takes effect once. The only key, and no foreign keys in the database: each reaction pays for them
    # (ADR 43).
    pk = models.CompositePrimaryKey("group", "actor", "reply_id")
    group = models.ForeignKey(
        NotificationGroup,
        verbose_name=pgettext_lazy("admin", "group"),
        on_delete=models.CASCADE,
        related_name="members",
        db_index=False,
        db_constraint=False,
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "actor"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    reply_id = models.BigIntegerField(pgettext_lazy("admin", "reply id"), default=0, db_default=0)
    # Rises in the order in which the members of a group came, so that a delivery can cover a range of them (ADR 9).
    ordinal = models.BigIntegerField(
        db_column="id",
        db_default=models.Func(models.Value("notifications_groupmember_id_seq"), function="nextval"),
    )
    active = models.BooleanField(pgettext_lazy("admin", "active"), default=True, db_default=True)
    # Why the recipient is not notified, when they are not: they muted or blocked, do not want this kind, or the actor
    # is suspended. A Reason; none of these has values.
    suppressed_reason = models.CharField(
        pgettext_lazy("admin", "suppressed reason"), max_length=20, blank=True, default="", db_default=""
    )
    at = models.DateTimeField(pgettext_lazy("admin", "at"))  # when the activity was accepted
    delivered_at = models.DateTimeField(pgettext_lazy("admin", "delivered at"), db_default=Now())
    # The number that the group took when it moved up for this one. NULL while it never did; 0 if that was before
    # members had numbers.
    seq = models.BigIntegerField(pgettext_lazy("admin", "seq"), null=True, default=0, db_default=0)

    class Meta:
        verbose_name = pgettext_lazy("admin", "member")
        verbose_name_plural = pgettext_lazy("admin", "members")
        constraints = [
            # A suppressed activity is not active.
            models.CheckConstraint(
                condition=models.Q(suppressed_reason="") | models.Q(active=False), name="withheld_is_not_active"
            ),
        ]
        indexes = [
            # the newest people of a group
            models.Index(fields=["group", "-at", "-ordinal"], name="member_newest", condition=models.Q(active=True)),
            # strangers: what somebody has in a box
            models.Index(
                fields=["actor", "group"], name="member_of_stranger", condition=models.Q(suppressed_reason="stranger")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} in {self.group_id}"


class Inbox(models.Model):
    """How far someone's sequence has come, and how far they have read it."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    seq = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"inbox of {self.person_id}"
