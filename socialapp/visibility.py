"""The codes for who may see a post, from the widest to the narrowest, and for who may write to a person."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Visibility(TextChoices):
    """Who may see a post, beside its author (docs/adr/0055)."""

    PUBLIC = "public", _("Public")
    UNLISTED = "unlisted", _("Unlisted")
    FOLLOWERS = "followers", _("Followers")
    DIRECT = "direct", _("Only people mentioned")

    @property
    def icon(self) -> str:
        """The name of its symbol (icons.svg)."""
        return _ICONS[self]

    @property
    def explanation(self) -> str:
        """What a person should know before they choose it."""
        return str(_EXPLANATIONS[self])

    @property
    def is_open(self) -> bool:
        """Whether anybody may read it, with an account or without."""
        return self in OPEN

    def narrowed_to(self, widest: str) -> "Visibility":
        """This one, or `widest` where that is for fewer people."""
        return max(self, Visibility(widest), key=NARROWER.index)


_ICONS = {
    Visibility.PUBLIC: "globe",
    Visibility.UNLISTED: "moon",
    Visibility.FOLLOWERS: "lock",
    Visibility.DIRECT: "at",
}
_EXPLANATIONS = {
    Visibility.PUBLIC: _("Everybody can read it, and find it."),
    Visibility.UNLISTED: _("Everybody can read it; it is not in the public feed, hashtags or searches."),
    Visibility.FOLLOWERS: _("Only people who follow you, and whom you mention."),
    Visibility.DIRECT: _("Only the people whom you mention. It is not encrypted."),
}
NARROWER = list(Visibility)
OPEN = (Visibility.PUBLIC, Visibility.UNLISTED)


class Reachable(TextChoices):
    """Who may mention a person, or reply to them."""

    EVERYONE = "everyone", _("Everyone")
    FOLLOWING = "following", _("People I follow")
    NO_ONE = "no_one", _("No one")
