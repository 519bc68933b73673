"""What says that a post may be spam, and so has a moderator look at it before others see it.

Nothing is asked while it is off, and no more than one statement of a post while it is on: none where what is known of
the author and the text cannot hold it anyway. These are no signals of Django.
"""

import re
from time import monotonic
from typing import Any

from django.db import connection
from django.utils import timezone

from socialapp.moderation import sql
from socialapp.moderation.models import Signal, SpamRules
from socialapp.moderation.operations.holds import Holding
from socialapp.posts.screening import Draft, Hold
from socialapp.text.links import links_in

# How long a process caches what admins decided.
KNOWN_FOR_S = 30
# Shorter texts are the same by chance: "Thank you!" Names, tags and spaces are not compared (sql._bare).
SAME_FROM = 20
_NOT_COMPARED = re.compile(r"[@#]\w+|\s+")

_known: dict[str, tuple[float, SpamRules]] = {}


def screen(draft: Draft) -> Hold | None:
    """What holds this post, new or edited (settings.POST_SCREENINGS).

    None for most, and for those who may open the admin.
    """
    rules = spam_rules()
    if not rules.is_on or draft.author.is_staff:
        return None
    found = signals_of(draft, rules)
    return Holding(found) if len(found) >= rules.needed else None


def spam_rules() -> SpamRules:
    """What admins decided, as this process knows it: up to KNOWN_FOR_S old."""
    until, rules = _known.get("rules", (0.0, None))
    if rules is None or monotonic() > until:
        rules = SpamRules.objects.first() or SpamRules()
        know(rules)
    return rules


def know(rules: SpamRules, for_s: float = KNOWN_FOR_S) -> None:
    """Have this process know the rules: they were read, or changed."""
    _known["rules"] = (monotonic() + for_s, rules)


def signals_of(draft: Draft, rules: SpamRules) -> list[Signal]:
    """The signals that a post gives. One statement, or none where too few are possible to hold it."""
    age = timezone.now() - draft.author.joined_at
    possible = {
        Signal.NEW_ACCOUNT: age.days < rules.new_for_days,
        Signal.SAME_TEXT: len(_NOT_COMPARED.sub("", draft.body)) >= SAME_FROM,
        Signal.FIRST_LINK: any(True for _ in links_in(draft.body)),
        Signal.STRANGERS: len(draft.names) >= rules.strangers,
    }
    if sum(possible.values()) < rules.needed:
        return []
    same, strangers, has_posts = _looked_up(draft)
    holds = {
        Signal.SAME_TEXT: same >= rules.same_times,
        Signal.FIRST_LINK: not has_posts,
        Signal.STRANGERS: strangers >= rules.strangers,
    }
    return [each for each in Signal if possible[each] and holds.get(each, True)]


def _looked_up(draft: Draft) -> tuple[int, int, bool]:
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"author": draft.author.pk, "post": draft.post_id, "body": draft.body}
        values["names"] = list(draft.names)
        cursor.execute(sql.SIGNALS, values)
        same, strangers, has_posts = cursor.fetchone()
    return same, strangers, has_posts
