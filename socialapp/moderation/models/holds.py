"""Posts that wait for a look, and what makes a post wait."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from socialapp.moderation.models.cases import Case


class Signal(models.TextChoices):
    """What may say that a post is spam."""

    NEW_ACCOUNT = "new_account", _("The account is new.")
    SAME_TEXT = "same_text", _("The same text was sent several times.")
    FIRST_LINK = "first_link", _("A first post has a link in it.")
    STRANGERS = "strangers", _("It mentions many people who do not follow its author.")


class SpamRules(models.Model):
    """What admins decided about spam, in one row. Without it, and while `is_on` is false, no post waits."""

    COUNT: ClassVar = (MinValueValidator(1), MaxValueValidator(100))

    is_on = models.BooleanField(
        pgettext_lazy("admin", "posts may be held"),
        default=False,
        help_text=_(
            "Posts that look like spam wait until a moderator had a look. "
            "A change takes effect everywhere within half a minute."
        ),
    )
    needed = models.PositiveSmallIntegerField(
        pgettext_lazy("admin", "signals that hold a post"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(len(Signal))],
        help_text=_("With 1, each post of a new account waits."),
    )
    new_for_days = models.PositiveSmallIntegerField(
        pgettext_lazy("admin", "days for which an account is new"), default=3, validators=COUNT
    )
    same_times = models.PositiveSmallIntegerField(
        pgettext_lazy("admin", "earlier posts with the same text"), default=2, validators=COUNT
    )
    strangers = models.PositiveSmallIntegerField(
        pgettext_lazy("admin", "strangers mentioned"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("admin", "spam signals")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="moderation_has_one_row_of_spam_rules")]

    def __str__(self) -> str:
        return str(_("on") if self.is_on else _("off"))


class Hold(models.Model):
    """A post that was held when it was written, or when it was last edited, and why.

    waiting → published (by a moderator; once), or ended (hidden, removed, or gone otherwise) → published (shown again)
    published → waiting (held again, by an edit)
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="holds")
    # A post that is held again keeps its one row. The row stays when the post is gone.
    post_id = models.BigIntegerField(unique=True)
    signals = ArrayField(models.CharField(max_length=20, choices=Signal))
    held_at = models.DateTimeField(db_default=Now())
    # Since when it no longer has to be reviewed.
    ended_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # what waits in a case
            models.Index(fields=["case", "post_id"], name="hold_waiting", condition=models.Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"post {self.post_id} in case {self.case_id}"

    @property
    def reasons(self) -> list[str]:
        """Why, in words."""
        return [str(Signal(each).label) for each in self.signals]
