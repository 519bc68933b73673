"""Deliveries outside of the inbox: endpoints, deliveries and attempts, circuit breakers, fan-outs."""

import secrets
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from notifications.models.inbox import Kind, NotificationGroup
from notifications.models.preferences import ChannelName
from notifications.models.reasons import sentence
from socialapp.posts.models import Post
from socialapp.text.cleaning import LineField


class Circuit(models.Model):
    """A breaker (Nygard, Release It!, 2007): what keeps failing is left alone for a while, then probed by one.

    closed (failures < TRIPS_AT) → open until `open_until` → half open: one delivery probes → closed, or open again
    """

    TRIPS_AT: ClassVar[int] = 5

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    name = models.CharField(
        pgettext_lazy("admin", "name"), max_length=300, unique=True
    )  # "email server", or the channel and a UUID
    failures = models.IntegerField(pgettext_lazy("admin", "failures"), default=0, db_default=0)  # in a row
    failing_since = models.DateTimeField(pgettext_lazy("admin", "failing since"), null=True)
    open_until = models.DateTimeField(pgettext_lazy("admin", "open until"), null=True)
    warned_at = models.DateTimeField(pgettext_lazy("admin", "warned at"), null=True)
    last_error = models.CharField(
        pgettext_lazy("admin", "last error"), max_length=30, blank=True, default="", db_default=""
    )  # a Reason
    last_error_values = models.JSONField(
        pgettext_lazy("admin", "last error values"), blank=True, default=dict, db_default={}
    )

    class Meta:
        verbose_name = pgettext_lazy("admin", "circuit")
        verbose_name_plural = pgettext_lazy("admin", "circuits")
        indexes = [
            # dashboard and metrics: what fails, among one circuit for each endpoint
            models.Index(fields=["failures"], name="circuit_failing", condition=Q(failures__gt=0))
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def last_error_text(self) -> str:
        """Its sentence in the active language."""
        return sentence(self.last_error, self.last_error_values)


class Endpoint(models.Model):
    """A way out of the house to one person: their mail address, a browser, or a webhook of theirs.

    enabled → disabled, with the reason (bounced, gone, failing for days, by its owner) → enabled, by its owner
    """

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "person"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    channel = models.CharField(pgettext_lazy("admin", "channel"), max_length=10)
    name = LineField(pgettext_lazy("admin", "name"), max_length=80, blank=True, default="")
    address = models.TextField(pgettext_lazy("admin", "address"))
    # Push: p256dh and auth. Webhook: secrets, the newest first, each with its end.
    keys = models.JSONField(pgettext_lazy("admin", "keys"), default=dict, blank=True)
    host = models.TextField(pgettext_lazy("admin", "host"))
    circuit = models.ForeignKey(
        Circuit, verbose_name=pgettext_lazy("admin", "circuit"), on_delete=models.PROTECT, related_name="+"
    )
    # The id of the API token that made it and with which it ends; empty: a person in a browser did.
    token_id = models.BigIntegerField(pgettext_lazy("admin", "token id"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now())
    disabled_at = models.DateTimeField(pgettext_lazy("admin", "disabled at"), null=True, blank=True)
    disabled_reason = models.CharField(
        pgettext_lazy("admin", "disabled reason"), max_length=30, blank=True, default="", db_default=""
    )  # a Reason
    disabled_reason_values = models.JSONField(
        pgettext_lazy("admin", "disabled reason values"), blank=True, default=dict, db_default={}
    )
    last_sent_at = models.DateTimeField(pgettext_lazy("admin", "last sent at"), null=True, blank=True)
    last_error = models.CharField(
        pgettext_lazy("admin", "last error"), max_length=30, blank=True, default="", db_default=""
    )  # a Reason
    last_error_values = models.JSONField(
        pgettext_lazy("admin", "last error values"), blank=True, default=dict, db_default={}
    )

    # The columns of one that is enabled and has not failed.
    WORKS: ClassVar[Mapping[str, Any]] = {
        "disabled_at": None,
        "disabled_reason": "",
        "disabled_reason_values": {},
        "last_error": "",
        "last_error_values": {},
    }

    class Meta:
        verbose_name = pgettext_lazy("admin", "endpoint")
        verbose_name_plural = pgettext_lazy("admin", "endpoints")
        constraints = [
            # One person has one mail address here.
            models.UniqueConstraint("person", name="one_mail_endpoint", condition=Q(channel=ChannelName.EMAIL)),
            # A browser's subscription is one endpoint, no matter who is logged in there.
            models.UniqueConstraint(
                "address", name="one_push_endpoint", condition=Q(channel=ChannelName.PUSH) & ~Q(address="")
            ),
        ]
        indexes = [
            # planning: the endpoints of a person
            models.Index(fields=["person", "channel"], name="endpoint_of_person"),
            # bounces: by address
            models.Index(fields=["address"], name="endpoint_address"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk} of {self.person_id}"

    @property
    def disabled_reason_text(self) -> str:
        """Its sentence in the active language."""
        return sentence(self.disabled_reason, self.disabled_reason_values)

    @property
    def last_error_text(self) -> str:
        """Its sentence in the active language."""
        return sentence(self.last_error, self.last_error_values)


class Pace(models.Model):
    """How quickly somebody's receivers answered, by channel. Stays when an endpoint is removed and made anew."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=10)
    slow_at = models.DateTimeField(null=True)  # the last time that one was slow

    class Meta:
        # One for each person and channel. Also serves: the claim.
        constraints = [models.UniqueConstraint("person", "channel", name="one_pace_per_channel")]

    def __str__(self) -> str:
        return f"pace of {self.person_id} by {self.channel}"


class EndpointNotice(models.TextChoices):
    """What a delivery is about, if it is not of an activity but of the endpoint itself."""

    TEST = "test", pgettext_lazy("kind", "Test")
    WARNING = "warning", pgettext_lazy("kind", "Warning")


class Delivery(models.Model):
    """A notification for `endpoint`: of a group as it stood at member `last_member`, or of a new post.

    Covers the group's members from `first_member` to `last_member`; while it
    waits unclaimed, later ones join it. A claim is a lease: it puts
    `next_attempt_at` to the lease's end, so that what dies with its worker is
    due again. `next_attempt_at`, `expires_at` and leases go by the database's clock.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("delivery", "Waiting")
        SENT = "sent", pgettext_lazy("delivery", "Sent")
        SUPPRESSED = "suppressed", pgettext_lazy("delivery", "Suppressed")  # no longer wanted, for `reason`
        DEAD = "dead", pgettext_lazy("delivery", "Dead")  # a dead letter, for `reason`

    # Each state, and those from which it may be reached: whatever changes a state asks here.
    TRANSITIONS: ClassVar[Mapping[State, Collection[State]]] = {
        State.WAITING: (State.SENT, State.DEAD),  # sent again: by its owner, or redelivered
        State.SENT: (State.WAITING,),
        State.SUPPRESSED: (State.WAITING,),
        State.DEAD: (State.WAITING,),
    }

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "recipient"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    endpoint = models.ForeignKey(
        Endpoint,
        verbose_name=pgettext_lazy("admin", "endpoint"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    channel = models.CharField(pgettext_lazy("admin", "channel"), max_length=10)
    host = models.TextField(pgettext_lazy("admin", "host"))
    kind = models.CharField(pgettext_lazy("admin", "kind"), max_length=10)  # a Kind or an EndpointNotice
    group = models.ForeignKey(
        NotificationGroup,
        verbose_name=pgettext_lazy("admin", "group"),
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
    )
    post = models.ForeignKey(
        Post, verbose_name=pgettext_lazy("admin", "post"), on_delete=models.CASCADE, null=True, related_name="+"
    )
    text = models.TextField(
        pgettext_lazy("admin", "text"), blank=True, default="", db_default=""
    )  # of a test or a warning
    first_member = models.BigIntegerField(pgettext_lazy("admin", "first member"), default=0, db_default=0)
    last_member = models.BigIntegerField(pgettext_lazy("admin", "last member"), default=0, db_default=0)
    bulk = models.BooleanField(
        pgettext_lazy("admin", "bulk"), default=False, db_default=False
    )  # of a large fan-out: after all others
    state = models.CharField(
        pgettext_lazy("admin", "state"), max_length=10, choices=State, default=State.WAITING, db_default=State.WAITING
    )
    reason = models.CharField(
        pgettext_lazy("admin", "reason"), max_length=30, blank=True, default="", db_default=""
    )  # also of waiting: why it is held
    reason_values = models.JSONField(pgettext_lazy("admin", "reason values"), blank=True, default=dict, db_default={})
    accepted_at = models.DateTimeField(pgettext_lazy("admin", "accepted at"))  # when its first activity was accepted
    # The id of the request that first led to it (socialapp.web.request_ids).
    request_id = models.CharField(
        pgettext_lazy("admin", "request id"), max_length=128, blank=True, default="", db_default="", editable=False
    )
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now())
    next_attempt_at = models.DateTimeField(pgettext_lazy("admin", "next attempt at"), db_default=Now())
    expires_at = models.DateTimeField(pgettext_lazy("admin", "expires at"))
    finished_at = models.DateTimeField(pgettext_lazy("admin", "finished at"), null=True)
    attempts = models.SmallIntegerField(pgettext_lazy("admin", "attempts"), default=0, db_default=0)
    # The deliveries that are sent as one, from their first claim on: a retry sends the same again, under the same id.
    batch = models.BigIntegerField(pgettext_lazy("admin", "batch"), null=True)
    lease = models.UUIDField(pgettext_lazy("admin", "lease"), null=True)

    class Meta:
        verbose_name = pgettext_lazy("admin", "delivery")
        verbose_name_plural = pgettext_lazy("admin", "deliveries")
        constraints = [
            # An endpoint is notified of one version of a group once. Also serves: the last one of a group.
            models.UniqueConstraint(
                "endpoint", "group", "last_member", name="one_delivery_per_version", condition=Q(group__isnull=False)
            ),
            # An endpoint is notified of a post once.
            models.UniqueConstraint(
                "endpoint", "post", name="one_delivery_per_post", condition=Q(kind=Kind.POST, group=None)
            ),
            # A delivery that is not claimed yet is one row per group: later versions join it.
            models.UniqueConstraint(
                "endpoint", "group", name="one_open_delivery", condition=Q(state="waiting", batch=None)
            ),
            # Each end has its time, and each bad end its reason.
            models.CheckConstraint(
                condition=Q(state="waiting", finished_at=None)
                | Q(state="sent", finished_at__isnull=False)
                | (Q(state__in=["suppressed", "dead"], finished_at__isnull=False) & ~Q(reason="")),
                name="delivery_ends_whole",
            ),
        ]
        indexes = [
            # claim: the rows that are due
            models.Index(
                fields=["channel", "bulk", "next_attempt_at"], name="delivery_due", condition=Q(state="waiting")
            ),
            # claim: what else waits for an endpoint
            models.Index(fields=["endpoint"], name="delivery_waiting", condition=Q(state="waiting")),
            # claim: what is in flight
            models.Index(
                fields=["channel", "host"], name="delivery_leased", condition=Q(state="waiting", lease__isnull=False)
            ),
            # a group's timeline; groups that go
            models.Index(fields=["group"], name="delivery_group"),
            # an endpoint's log
            models.Index(fields=["endpoint", "-id"], name="delivery_log"),
            # dead letters
            models.Index(fields=["channel", "finished_at"], name="delivery_dead", condition=Q(state="dead")),
            # dashboard and purge: what ended when
            models.Index(fields=["finished_at"], name="delivery_finished"),
            # a recipient's deliveries: block, account deletion
            models.Index(fields=["recipient", "-id"], name="delivery_recipient"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.endpoint_id}: {self.state}"

    @property
    def reason_text(self) -> str:
        """Its sentence in the active language."""
        return sentence(self.reason, self.reason_values)


class Attempt(models.Model):
    """One attempt to send a delivery, and what the other side answered."""

    class Outcome(models.TextChoices):
        SENT = "sent", pgettext_lazy("attempt", "Sent")
        TEMPORARY = "temporary", pgettext_lazy("attempt", "failed, to be tried again")
        PERMANENT = "permanent", pgettext_lazy("attempt", "failed for good")

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.SmallIntegerField()
    at = models.DateTimeField(db_default=Now())
    took_ms = models.IntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    code = models.IntegerField(null=True)
    reason = models.CharField(max_length=30, blank=True, default="", db_default="")  # a Reason: why it failed
    reason_values = models.JSONField(pgettext_lazy("admin", "reason values"), blank=True, default=dict, db_default={})
    answer = models.TextField(blank=True, default="")  # word for word
    request = models.TextField(blank=True, default="")
    next_attempt_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = pgettext_lazy("admin", "attempts")
        indexes = [
            # a delivery's log
            models.Index(fields=["delivery", "id"], name="attempt_log")
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.delivery_id}: {self.outcome}"

    @property
    def reason_text(self) -> str:
        """Its sentence in the active language."""
        return sentence(self.reason, self.reason_values)


class FanOut(models.Model):
    """A job that notifies the holders of an author's bell of a new post, in chunks; each commits how far it is.

    running → done; running ⇄ paused; running, paused → cancelled (by an admin, or because the post is gone)
    """

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("fan-out", "Running")
        PAUSED = "paused", pgettext_lazy("fan-out", "Paused")
        CANCELLED = "cancelled", pgettext_lazy("fan-out", "Cancelled")
        DONE = "done", pgettext_lazy("fan-out", "Done")

    # Each state, and those from which it may be reached: whatever changes a state asks here.
    TRANSITIONS: ClassVar[Mapping[State, Collection[State]]] = {
        State.RUNNING: (State.PAUSED,),
        State.PAUSED: (State.RUNNING,),
        State.CANCELLED: (State.RUNNING, State.PAUSED),
        State.DONE: (State.RUNNING,),
    }

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    post = models.OneToOneField(
        Post, verbose_name=pgettext_lazy("admin", "post"), on_delete=models.CASCADE, related_name="+"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "author"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    accepted_at = models.DateTimeField(pgettext_lazy("admin", "accepted at"))
    total = models.IntegerField(pgettext_lazy("admin", "total"))  # holders when it began
    done = models.IntegerField(pgettext_lazy("admin", "done"), default=0, db_default=0)
    last_bell = models.BigIntegerField(pgettext_lazy("admin", "last bell"), default=0, db_default=0)
    state = models.CharField(
        pgettext_lazy("admin", "state"), max_length=10, choices=State, default=State.RUNNING, db_default=State.RUNNING
    )
    request_id = models.CharField(
        pgettext_lazy("admin", "request id"), max_length=128, blank=True, default="", db_default="", editable=False
    )
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now())
    finished_at = models.DateTimeField(pgettext_lazy("admin", "finished at"), null=True)

    class Meta:
        verbose_name = pgettext_lazy("admin", "fan out")
        verbose_name_plural = pgettext_lazy("admin", "fan outs")
        indexes = [
            # which job is next: the one with the fewest left
            models.Index(fields=["state", "id"], name="fan_out_open", condition=Q(state="running"))
        ]

    def __str__(self) -> str:
        return f"post {self.post_id}: {self.done} of {self.total}"


class PushKey(models.Model):
    """The VAPID key pair, made at first use and kept: a browser's subscription is bound to it. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    pem = models.TextField()

    class Meta:
        # There is one, for all machines.
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_push_key")]

    def __str__(self) -> str:
        return "the VAPID key pair"


class Era(models.Model):
    """The life of this database since it was made or last restored: a part of each id that leaves the house. One row.

    A restored database gives out numbers again that others have seen with other contents: in another era.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=16)

    class Meta:
        # There is one, for all machines.
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_era")]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def begin() -> None:
        """The first one, unless there is one."""
        Era.objects.bulk_create([Era(name=Era.new_name())], ignore_conflicts=True)

    @staticmethod
    def renew() -> str:
        """The next one; returns its name."""
        return Era.objects.update_or_create(pk=1, defaults={"name": Era.new_name()})[0].name

    @staticmethod
    def new_name() -> str:
        """A name that no other era has."""
        return secrets.token_hex(4)


class AuditRun(models.Model):
    """What one audit found (notifications.history.audit.Findings)."""

    at = models.DateTimeField(db_default=Now())
    took_ms = models.IntegerField()
    is_well = models.BooleanField()
    findings = models.JSONField()

    def __str__(self) -> str:
        return f"{self.at}: {'well' if self.is_well else 'NOT WELL'}"
