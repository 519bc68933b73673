"""Reports, the evidence with them, and the case of each person that they are about."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from socialapp.media.models import Picture
from socialapp.moderation.models.rules import Rule
from socialapp.text.cleaning import LinesField

REPORT_LENGTH = 1_000


class Category(models.TextChoices):
    """What a report says is wrong."""

    SPAM = "spam", _("Spam or fraud")
    ABUSE = "abuse", _("Harassment, hate or threats")
    SENSITIVE = "sensitive", _("Nudity or violence without a warning")
    IMPERSONATION = "impersonation", _("Somebody pretends to be another")
    ILLEGAL = "illegal", _("Something illegal")
    OTHER = "other", _("Something else")


class Case(models.Model):
    """All that is open about one person: reports, appeals, posts that wait for a look.

    open → closed (by a moderator who acted, or dismissed the reports). The next report begins another one.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "person"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    opened_at = models.DateTimeField(pgettext_lazy("admin", "opened at"), db_default=Now())
    closed_at = models.DateTimeField(pgettext_lazy("admin", "closed at"), null=True, blank=True)
    # The moderator who works on it; others see that.
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "claimed by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    claimed_at = models.DateTimeField(pgettext_lazy("admin", "claimed at"), null=True, blank=True)
    # Its evidence was removed, as settings.KEEP_EVIDENCE says.
    is_purged = models.BooleanField(pgettext_lazy("admin", "is purged"), default=False, db_default=False)

    class Meta:
        verbose_name = pgettext_lazy("admin", "case")
        verbose_name_plural = pgettext_lazy("admin", "cases")
        permissions: ClassVar = [
            ("moderate", "May moderate: decide cases, and all that can be undone"),
            ("erase", "May delete posts and accounts of others for good"),
        ]
        default_permissions = ()
        constraints = [
            # All that is open about one person is one case.
            models.UniqueConstraint("person", name="one_open_case_per_person", condition=models.Q(closed_at=None)),
        ]
        indexes = [
            # the history of a person
            models.Index(fields=["person", "-id"], name="case_of_person"),
            # the queue: the oldest first
            models.Index(fields=["id"], name="case_open", condition=models.Q(closed_at=None)),
            # purge: evidence of cases that were closed long ago
            models.Index(fields=["closed_at"], name="case_to_purge", condition=models.Q(is_purged=False)),
        ]

    def __str__(self) -> str:
        return f"case {self.pk} of {self.person_id}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class Report(models.Model):
    """What somebody reported about a person, and what became of it.

    open → upheld (a moderator acted), or dismissed
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("report", "not decided yet")
        UPHELD = "upheld", pgettext_lazy("report", "we acted")
        DISMISSED = "dismissed", pgettext_lazy("report", "we found no reason to act")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.CharField(max_length=20, choices=Category)
    rule = models.ForeignKey(Rule, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    words = LinesField(blank=True, default="", validators=[MaxLengthValidator(REPORT_LENGTH)])
    evidence: "models.ManyToManyField[Evidence, models.Model]" = models.ManyToManyField(
        "Evidence", related_name="reports"
    )
    # A digest of the whole report, so that one sent twice is stored once.
    digest = models.CharField(max_length=64)
    # Chosen by the client, so that one sent twice is one also when the first was decided meanwhile.
    client_key = models.CharField(max_length=64, blank=True, default="", db_default="")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN, db_default=State.OPEN)
    created_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # The same report of one person is there once while it is open.
            models.UniqueConstraint(
                "case", "reporter", "digest", name="one_open_report_of_a_kind", condition=models.Q(state="open")
            ),
            # A request that is repeated makes no other one.
            models.UniqueConstraint(
                "reporter", "client_key", name="one_report_per_client_key", condition=~models.Q(client_key="")
            ),
        ]
        indexes = [
            # my reports, the newest first
            models.Index(fields=["reporter", "-id"], name="report_of_reporter"),
            # numbers per month
            models.Index(fields=["created_at"], name="report_created"),
        ]

    def __str__(self) -> str:
        return f"{self.category} in case {self.case_id}"


class Evidence(models.Model):
    """A post as it was when it was reported, or the profile, whose `post_id` is 0. Kept when the post is changed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    post_id = models.BigIntegerField(default=0)
    # The version of the post at that time (posts.operations.version_of); for a profile, a digest of it.
    version = models.CharField(max_length=64)
    warning = models.TextField(blank=True, default="")
    text = models.TextField(blank=True, default="")
    written_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # One copy of each version, however many report it.
            models.UniqueConstraint("case", "post_id", "version", name="one_evidence_per_version"),
        ]

    def __str__(self) -> str:
        return f"post {self.post_id} in case {self.case_id}"


class EvidencePicture(models.Model):
    """A picture that stood in a reported post. Its files stay until the evidence is purged, whatever its owner does."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="pictures")
    picture = models.ForeignKey(Picture, on_delete=models.PROTECT, related_name="+")
    description = models.TextField(blank=True, default="")
    position = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("evidence", "position", name="one_picture_per_place_in_evidence"),
        ]

    def __str__(self) -> str:
        return f"picture {self.picture_id} of {self.evidence_id}"
