"""What moderators go by: the rules of the site, texts to begin with, and notes on people."""

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from socialapp.text.cleaning import LineField, LinesField

WORDS_LENGTH = 2_000


class Rule(models.Model):
    """A rule of the site, in the order of `position`. One that is retired stays in the log, and is not offered.

    The first drafts come with the software, in English; a text that is still one of these is shown in the reader's
    language.
    """

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    title = LineField(pgettext_lazy("admin", "title"), max_length=100)
    text = LinesField(
        pgettext_lazy("admin", "text"), blank=True, default="", validators=[MaxLengthValidator(WORDS_LENGTH)]
    )
    position = models.SmallIntegerField(pgettext_lazy("admin", "position"), default=0)
    retired_at = models.DateTimeField(pgettext_lazy("admin", "retired at"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("admin", "rule")
        verbose_name_plural = pgettext_lazy("admin", "rules")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.shown_title

    @property
    def shown_title(self) -> str:
        """In the active language if it is a first draft; else as it was written."""
        return _(self.title) if self.title else ""

    @property
    def shown_text(self) -> str:
        """In the active language if it is a first draft; else as it was written."""
        return _(self.text) if self.text else ""


class Template(models.Model):
    """A draft of the words in which a person is notified of an act."""

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    title = LineField(pgettext_lazy("admin", "title"), max_length=100)
    text = LinesField(pgettext_lazy("admin", "text"), validators=[MaxLengthValidator(WORDS_LENGTH)])
    position = models.SmallIntegerField(pgettext_lazy("admin", "position"), default=0)

    class Meta:
        verbose_name = pgettext_lazy("admin", "template")
        verbose_name_plural = pgettext_lazy("admin", "templates")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return _(self.title) if self.title else ""

    @property
    def shown_text(self) -> str:
        """In the active language if it is a first draft; else as it was written."""
        return _(self.text) if self.text else ""


class Note(models.Model):
    """What a moderator noted about a person, for moderators alone."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    text = LinesField(validators=[MaxLengthValidator(WORDS_LENGTH)])
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.text[:60]
