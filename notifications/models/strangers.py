"""Notices from strangers: who counts as one, and those whose notices wait in a box of their own."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Verdict(models.TextChoices):
    """What becomes of notices from some kind of stranger."""

    ACCEPT = "accept", _("Accept")
    FILTER = "filter", _("Filter: into a box of their own")
    DROP = "drop", _("Drop")


class NoticePolicy(models.Model):
    """What a person does with notices from strangers. Without a row, none are filtered."""

    FIELDS: ClassVar[tuple[str, ...]] = ("not_following", "not_followers", "new_accounts", "private_mentions")
    NEW_FOR_DAYS: ClassVar[int] = 30

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    not_following = models.CharField(max_length=10, choices=Verdict, default=Verdict.ACCEPT)
    not_followers = models.CharField(max_length=10, choices=Verdict, default=Verdict.ACCEPT)
    new_accounts = models.CharField(max_length=10, choices=Verdict, default=Verdict.ACCEPT)
    private_mentions = models.CharField(max_length=10, choices=Verdict, default=Verdict.ACCEPT)

    def __str__(self) -> str:
        return f"policy of {self.person_id}"


class Stranger(models.Model):
    """Somebody whose notices `person` filters.

    waiting: notices of theirs are in the box → accepted: all of theirs are accepted from then on → gone, when dropped
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    stranger = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    at = models.DateTimeField(db_default=Now())  # of their latest notice in the box

    class Meta:
        constraints = [
            # Somebody is in a box once. Also serves: are they accepted?
            models.UniqueConstraint("person", "stranger", name="one_stranger_per_pair"),
        ]
        indexes = [
            # box_of: the latest first
            models.Index(fields=["person", "-id"], name="stranger_waits", condition=models.Q(accepted_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.stranger_id} in the box of {self.person_id}"
