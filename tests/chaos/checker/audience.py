"""For whom a text is, by the record alone: who sees it at the end, and who could at no moment.

What the product stores of this, or says of it, is not asked but for the names and follows that the record leaves open.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from tests.chaos.checker.effects import Effect, effects_of
from tests.chaos.checker.ledger import Ledger
from tests.chaos.checker.parting import ALWAYS, NEVER, Pair, approvals
from tests.chaos.checker.rows import Rows, Text
from tests.chaos.checker.world import World
from tests.chaos.record import Intention

OPEN = ("public", "unlisted")
NARROWER = ("public", "unlisted", "followers", "direct")
NAMES_TOLD = 10  # docs/api.md: the first ten names of a text count
_NAME = re.compile(r"(?<![\w@/.&;=-])@([A-Za-z0-9_]{1,30})(?![\w@])")


class Audience:
    """Of all texts. People are usernames."""

    def __init__(self, world: World, ledger: Ledger, rows: Rows) -> None:
        self.world, self.ledger, self.rows = world, ledger, rows
        self._known: dict[int, str] = {}

    def visibility(self, text: Text) -> str:
        """What its author chose; where they left it open, that of what it answers. Of what nobody made, as stored."""
        if text.id not in self._known:
            self._known[text.id] = self._visibility(text)
        return self._known[text.id]

    def _visibility(self, text: Text) -> str:
        if (text.author, text.key) not in self.ledger.chosen:
            return text.visibility
        chosen = self.ledger.chosen[text.author, text.key]
        answered = self.rows.texts.get(text.reply_to)
        return chosen or (self.visibility(answered) if answered else OPEN[0])

    def is_open(self, text: Text) -> bool:
        return self.visibility(text) in OPEN

    def is_too_wide(self, text: Text) -> bool:
        """Whether it is a reply for more people than what it answers."""
        answered = self.rows.texts.get(text.reply_to)
        place = NARROWER.index
        return answered is not None and place(self.visibility(text)) < place(self.visibility(answered))

    def named(self, text: Text) -> list[str]:
        """Whom it mentions, other than its author."""
        names = list(dict.fromkeys(found.lower() for found in _NAME.findall(text.body)))[:NAMES_TOLD]
        return [name for name in names if name in self.world.ids and name != text.author]

    def sees(self, person: str, text: Text) -> bool:
        """At the end."""
        if person != text.author and {(person, text.author), (text.author, person)} & self.rows.blocks:
            return False
        follows = (person, text.author) in self.rows.follows
        return self.is_theirs(person, text) or (follows and self.visibility(text) == "followers")

    def could_see(self, person: str, text: Text, since: float = ALWAYS, until: float = NEVER) -> bool:
        """At some moment between two times, as far as the record can tell; blocks are not looked at."""
        if self.is_theirs(person, text):
            return True
        since = max(since, text.created_at)
        spans = self._follow_spans.get((person, text.author), ())
        return self.visibility(text) == "followers" and any(a <= until and b >= since for a, b in spans)

    def is_theirs(self, person: str, text: Text) -> bool:
        """Whether they may see it while it stands, whomever they follow."""
        answered = self.rows.texts.get(text.reply_to)
        is_addressed = answered is not None and answered.author == person
        return self.is_open(text) or person == text.author or is_addressed or person in self.named(text)

    @cached_property
    def _follow_spans(self) -> Mapping[Pair, list[tuple[float, float]]]:
        return _follow_spans(self.ledger.record, self.world)


def _follow_spans(record: Sequence[Intention], world: World) -> Mapping[Pair, list[tuple[float, float]]]:
    """When one may have followed another: from a follow, or its approval, until the next certain end of it."""
    begun: defaultdict[Pair, list[Effect]] = defaultdict(list)
    ended: defaultdict[Pair, list[Effect]] = defaultdict(list)
    for intention in record:
        pair = (intention.client, intention.person or "")
        if intention.verb == "follow" and pair[1] not in world.locked:
            begun[pair] += effects_of(intention, value=True)
        elif intention.verb in {"unfollow", "block"}:
            ends = [effect for effect in effects_of(intention, value=False) if effect.certain]
            ended[pair] += ends
            if intention.verb == "block":
                ended[pair[::-1]] += ends
    for pair, effects in approvals(record).items():
        begun[pair] += effects
    return {
        pair: [
            (start.since, min((end.until for end in ended[pair] if end.since > start.until), default=NEVER))
            for start in effects
        ]
        for pair, effects in begun.items()
    }
