"""Nobody asks for whom a new post is: who has a bell for its author hears of it, and who began a thread of replies."""

from tests.chaos.injected.hooks import replace
from tests.chaos.mutants.spoiling import swapped

_OF_REPLIES = "WHERE NOT answers_beginning AND is_open AND beginner_id NOT IN"


def apply() -> None:
    replace("socialapp.sql", "in_feeds", lambda _: lambda post: "true")
    replace("socialapp.posts.models", "in_feeds", lambda _: _all)
    replace("reactions.sql", "ADD_REPLY", lambda add: swapped(add, _OF_REPLIES, _OF_REPLIES.replace("AND is_open", "")))
    replace("notifications.deliveries.sql.lease", "CHECK", _without_asking)


def _all(post: str = "") -> object:
    from django.db.models import Q

    return Q()


def _without_asking(check: str) -> str:
    from socialapp.sql import meant_for

    return swapped(check, f"NOT {meant_for('delivery.recipient_id', 'post')}", "false")
