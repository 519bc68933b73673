"""Words that people have muted."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from socialapp.text.cleaning import LineField

PHRASE_LENGTH = 100


class Place(models.TextChoices):
    """Where a filter applies."""

    HOME = "home", _("Home")
    PUBLIC = "public", _("Public feed, hashtags and search")
    CONVERSATIONS = "conversations", _("Conversations")
    NOTIFICATIONS = "notifications", _("Notifications, mail and push")
    PROFILES = "profiles", _("Profiles")


class Action(models.TextChoices):
    """What becomes of a post with the phrase in it. Notifications with it are always kept back."""

    FOLD = "fold", _("Fold it, and say which phrase it has")
    HIDE = "hide", _("Leave it out")


class WordFilter(models.Model):
    """A phrase that `person` does not want to read."""

    PER_PERSON: ClassVar[int] = 200

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    phrase = LineField(max_length=PHRASE_LENGTH)
    whole_word = models.BooleanField(default=True)
    places = ArrayField(models.CharField(max_length=20, choices=Place), default=list)
    action = models.CharField(max_length=10, choices=Action, default=Action.FOLD)
    ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            # A phrase is muted once; muting it again changes how. Also serves: whose words are muted?
            models.UniqueConstraint("person", "phrase", name="one_filter_per_person_and_phrase"),
        ]

    def __str__(self) -> str:
        return self.phrase

    @property
    def has_ended(self) -> bool:
        """Whether its time is over. It stays in the list, to be turned on again."""
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def places_shown(self) -> list[str]:
        """The places in words, in the order of `Place`."""
        return [str(place.label) for place in Place if place.value in self.places]
