"""For whom a post is: the codes, from the widest to the narrowest."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Visibility(TextChoices):
    """Who may see a post, beside its author (docs/adr/0055)."""

    PUBLIC = "public", _("Public")
    UNLISTED = "unlisted", _("Unlisted")
    FOLLOWERS = "followers", _("Followers")
    DIRECT = "direct", _("Only people mentioned")

    @property
    def is_open(self) -> bool:
        """Whether anybody may read it, with an account or without."""
        return self in OPEN

    def narrowed_to(self, widest: str) -> "Visibility":
        """This one, or `widest` where that is for fewer people."""
        return max(self, Visibility(widest), key=NARROWER.index)


NARROWER = list(Visibility)
OPEN = (Visibility.PUBLIC, Visibility.UNLISTED)
