"""The log of what moderators did, which cannot be changed; the notices of it, and the appeals against it."""

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from socialapp.moderation.models.cases import Case, Report
from socialapp.moderation.models.rules import WORDS_LENGTH, Rule
from socialapp.text.cleaning import LinesField

APPEAL_LENGTH = 2_000


class Verb(models.TextChoices):
    """What a moderator, or the software for them, did."""

    HOLD = "hold", pgettext_lazy("act", "Hold a post for a look")
    RELEASE = "release", pgettext_lazy("act", "Publish what waits")
    WARN = "warn", pgettext_lazy("act", "Warn")
    HIDE = "hide", pgettext_lazy("act", "Hide the post")
    UNHIDE = "unhide", pgettext_lazy("act", "Show the post again")
    BLUR = "blur", pgettext_lazy("act", "Mark as sensitive")
    UNBLUR = "unblur", pgettext_lazy("act", "No longer mark as sensitive")
    SILENCE = "silence", pgettext_lazy("act", "Silence: only followers find them")
    UNSILENCE = "unsilence", pgettext_lazy("act", "End the silence")
    SUSPEND = "suspend", pgettext_lazy("act", "Suspend")
    UNSUSPEND = "unsuspend", pgettext_lazy("act", "Lift the suspension")
    REMOVE = "remove", pgettext_lazy("act", "Delete the post for good")
    ERASE = "erase", pgettext_lazy("act", "Delete the account for good")
    RETRACT = "retract", pgettext_lazy("act", "Take the warning back")
    DISMISS = "dismiss", pgettext_lazy("act", "Dismiss the reports")
    REJECT_APPEAL = "reject_appeal", pgettext_lazy("act", "Reject the appeal")
    NOTE = "note", pgettext_lazy("act", "Write a note")
    REMOVE_NOTE = "remove_note", pgettext_lazy("act", "Remove a note")


class Action(models.Model):
    """One line of the log. Lines are only added: a trigger of PostgreSQL refuses each change and each removal.

    `words` and the rule are shown to the person. `undoes` is the action that this one takes back.
    """

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    at = models.DateTimeField(pgettext_lazy("admin", "at"), db_default=Now())
    # Empty: the software did it, as when a suspension ends.
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "moderator"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    verb = models.CharField(pgettext_lazy("admin", "act"), max_length=20, choices=Verb)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "person"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    post_id = models.BigIntegerField(pgettext_lazy("admin", "post"), default=0)
    case = models.ForeignKey(
        Case, verbose_name=pgettext_lazy("admin", "case"), on_delete=models.PROTECT, null=True, related_name="actions"
    )
    rule = models.ForeignKey(
        Rule, verbose_name=pgettext_lazy("admin", "rule"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    # As the rule was called then.
    rule_title = models.CharField(pgettext_lazy("admin", "rule title"), max_length=100, default="")
    words = LinesField(
        pgettext_lazy("admin", "words"), blank=True, default="", validators=[MaxLengthValidator(WORDS_LENGTH)]
    )
    ends_at = models.DateTimeField(pgettext_lazy("admin", "ends at"), null=True)
    # An action is undone once.
    undoes = models.OneToOneField(
        "self",
        verbose_name=pgettext_lazy("admin", "undoes"),
        on_delete=models.PROTECT,
        null=True,
        related_name="undone_by",
    )

    class Meta:
        verbose_name = pgettext_lazy("admin", "action")
        verbose_name_plural = pgettext_lazy("admin", "actions")
        default_permissions = ("view",)
        indexes = [
            # the history of a person
            models.Index(fields=["person", "-id"], name="action_of_person"),
            # numbers per month
            models.Index(fields=["at"], name="action_at"),
            # why a post is hidden
            models.Index(fields=["post_id", "-id"], name="action_of_post", condition=~models.Q(post_id=0)),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.person_id}"


class Notice(models.Model):
    """What moderators tell a person: about an action that concerns them, or what became of their report or appeal."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    action = models.ForeignKey(Action, on_delete=models.PROTECT, null=True, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            # It is about an action, or about a report.
            models.CheckConstraint(
                condition=models.Q(action__isnull=False, report=None) | models.Q(action=None, report__isnull=False),
                name="notice_of_one_thing",
            ),
            # A report has one end.
            models.UniqueConstraint("report", name="one_notice_per_report", condition=models.Q(report__isnull=False)),
        ]
        indexes = [
            # a person's notices, the newest first
            models.Index(fields=["person", "-id"], name="notice_of_person"),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk} to {self.person_id}"


class Appeal(models.Model):
    """What a person answers to an action, once. waiting → granted (the action is undone), or rejected."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("appeal", "waiting for a moderator")
        GRANTED = "granted", pgettext_lazy("appeal", "granted")
        REJECTED = "rejected", pgettext_lazy("appeal", "rejected")

    # Once per action.
    action = models.OneToOneField(Action, on_delete=models.PROTECT, related_name="appeal")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="appeals")
    words = LinesField(validators=[MaxLengthValidator(APPEAL_LENGTH)])
    state = models.CharField(max_length=10, choices=State, default=State.WAITING, db_default=State.WAITING)
    created_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            # numbers per month
            models.Index(fields=["created_at"], name="appeal_created"),
        ]

    def __str__(self) -> str:
        return f"appeal against {self.action_id}"
