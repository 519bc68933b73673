"""The kinds of notifications, and for how long one mutes, in words."""

from django.utils.translation import gettext_lazy as _

from notifications.models import EndpointNotice, Kind

KIND_WORDS = {
    Kind.LIKE: _("Likes"),
    Kind.SHARE: _("Shares"),
    Kind.COMMENT: _("Comments"),
    Kind.REPLY: _("Replies to your comments"),
    Kind.MENTION: _("Mentions of you"),
    Kind.FOLLOW: _("New followers"),
    Kind.REQUEST: _("Requests to follow you"),
    Kind.ACCEPT: _("Your requests that were accepted"),
    Kind.POST: _("New posts of people you follow"),
    Kind.MODERATION: _("What moderators write to you"),
}
# The spans of mutes (preferences.mutes.SPANS).
SPAN_WORDS = {
    "always": _("for good"),
    "hour": _("for 1 hour"),
    "day": _("for 1 day"),
    "week": _("for 7 days"),
    "month": _("for 30 days"),
}


def words(kind: str) -> str:
    """A kind in the plural: "Likes", "Replies to your comments"."""
    return str(KIND_WORDS[Kind(kind)])


def word(kind: str) -> str:
    """A kind in the singular, "Like"; also for a test or a warning."""
    known = next((kinds for kinds in (Kind, EndpointNotice) if kind in kinds), None)
    return str(known(kind).label) if known else kind
