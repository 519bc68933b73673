"""What people choose: who may notify them, by kind and channel; their schedule, mutes and bells."""

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from notifications.models.inbox import Kind


class ChannelName(models.TextChoices):
    """The ways in which people are notified: the inbox, and the keys of settings.CHANNELS."""

    INBOX = "inbox", _("Inbox")
    EMAIL = "email", _("Mail")
    PUSH = "push", _("Push")
    WEBHOOK = "webhook", _("Webhook")


class FromWhom(models.TextChoices):
    """The people whose notifications of a kind are wanted."""

    EVERYONE = "everyone", _("Everyone")
    FOLLOWING = "following", _("People I follow")
    NO_ONE = "no_one", _("No one")


class Preference(models.Model):
    """Where someone's preference differs from the default (notifications.preferences.operations.DEFAULTS)."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    channel = models.CharField(max_length=10)  # a ChannelName
    from_whom = models.CharField(max_length=10, choices=FromWhom)

    class Meta:
        # One preference per person, kind and channel.
        constraints = [models.UniqueConstraint("person", "kind", "channel", name="one_preference_per_cell")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.kind} by {self.channel} from {self.from_whom}"


class Rhythm(models.TextChoices):
    """How often mail comes."""

    IMMEDIATE = "immediate", _("Within a few minutes")
    DAILY = "daily", _("Once a day")
    WEEKLY = "weekly", _("Once a week, on Mondays")


class DeliverySchedule(models.Model):
    """Quiet hours, and when mail comes. Times are local to the person's time zone.

    `deliveries/recheck.py` holds to it what is due, with the columns that `deliveries/sql/lease.py` reads. After a
    change, `deliveries/reschedule.py` has what is already held follow.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    time_zone = models.CharField(max_length=50, default="UTC")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_to = models.TimeField(null=True, blank=True)
    mail_rhythm = models.CharField(max_length=10, choices=Rhythm, default=Rhythm.IMMEDIATE)
    digest_at = models.TimeField(default=time(8))

    class Meta:
        constraints = [
            # Quiet hours have a beginning and an end, or are not.
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_to=None)
                | models.Q(quiet_from__isnull=False, quiet_to__isnull=False),
                name="quiet_hours_are_whole",
            )
        ]

    def __str__(self) -> str:
        return f"schedule of {self.person_id}"


class Mute(models.Model):
    """A person that someone does not want in their feeds; or a thread, or one kind in it, that must not notify them."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    muted = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", null=True)
    # The id of the post that began it. No foreign key: the mute stays when that post is removed for good.
    thread = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=10, choices=Kind, blank=True, default="")  # "": all that happens in the thread
    # If a person is muted: whether their notifications are muted, too.
    notifications = models.BooleanField(default=True, db_default=True)
    until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # One thing is muted once; muting it again changes until when. Also serves: is it muted?
            models.UniqueConstraint(
                "person", "muted", "thread", "kind", name="one_mute_per_thing", nulls_distinct=False
            ),
            # Either a person, or a thread (or one kind in it).
            models.CheckConstraint(
                condition=models.Q(muted__isnull=False, thread=None, kind="")
                | models.Q(muted=None, thread__isnull=False),
                name="mute_of_person_or_thread",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} mutes {self.muted_id or self.thread} {self.kind}"


class Bell(models.Model):
    """New posts of `author` notify `person` outside of the inbox too, by the channels that they chose."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # One bell per pair. Also serves: is it on?
            models.UniqueConstraint("person", "author", name="one_bell_per_pair"),
        ]
        indexes = [
            # fan-out: the holders of an author's bell, chunk by chunk
            models.Index(fields=["author", "id"], name="bell_holders"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} is rung by {self.author_id}"
