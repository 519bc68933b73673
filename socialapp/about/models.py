"""Texts about the site that its operator changed."""

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

LONGEST = 100_000


class Subject(models.TextChoices):
    """What there is a page about, in the order in which they are listed."""

    PRIVACY = "privacy", _("Privacy")
    TERMS = "terms", _("Terms")
    CONTACT = "contact", _("Contact")
    ACCESSIBILITY = "accessibility", _("Accessibility")


class SiteText(models.Model):
    """A text in one language, instead of the draft that comes with the software. Without the row, the draft is back."""

    subject = models.CharField(pgettext_lazy("admin", "page"), max_length=20, choices=Subject)
    language = models.CharField(pgettext_lazy("admin", "language"), max_length=10, choices=settings.LANGUAGES)
    body = models.TextField(
        pgettext_lazy("admin", "text"),
        validators=[MaxLengthValidator(LONGEST)],
        help_text=_(
            "Markdown: ## before a heading, - before a point of a list, [words](https://…) for a link. What stands in "
            "double braces, as in the draft, is replaced by what this site is set to."
        ),
    )
    updated_at = models.DateTimeField(pgettext_lazy("admin", "updated at"), auto_now=True)

    class Meta:
        verbose_name = pgettext_lazy("admin", "text of the site")
        verbose_name_plural = pgettext_lazy("admin", "texts of the site")
        constraints = [
            # A page has one text in each language.
            models.UniqueConstraint("subject", "language", name="one_text_per_page_and_language"),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} ({self.language})"
