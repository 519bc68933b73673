"""The kinds of notifications, in words."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from notifications.models import Kind

KIND_WORDS = {
    Kind.LIKE: _("Likes"),
    Kind.SHARE: _("Shares"),
    Kind.COMMENT: _("Comments"),
    Kind.REPLY: _("Replies to your comments"),
    Kind.MENTION: _("Mentions of you"),
    Kind.FOLLOW: _("New followers"),
    Kind.POST: _("New posts of people you follow"),
}


def words(kind: str) -> str:
    """A kind in the plural: "Likes", "Replies to your comments"."""
    return str(KIND_WORDS[Kind(kind)])


def word(kind: str) -> str:
    """A kind in the singular, "Like"; also for a test or a warning."""
    if kind in Kind:
        return str(Kind(kind).label)
    return {"test": pgettext("kind", "Test"), "warning": pgettext("kind", "Warning")}.get(kind, kind)
