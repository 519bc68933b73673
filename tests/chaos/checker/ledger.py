"""What the record says must be, may be and must not be, of each thing that clients did.

An answer that never came is "either way". A request of which nothing was heard may also be executed late, by a process
that hung: until `LATE_S` after it was given up, it leaves open what a later answer said.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.checker.activities import Claim, Says
from tests.chaos.checker.effects import LATE_S, is_doing, kind_of, may_have_arrived
from tests.chaos.checker.parting import follows_after_blocks
from tests.chaos.record import Intention

TOGGLES = ("like", "share", "follow", "block")
Thing = tuple[str, str, object]  # kind, who, what: of a comment and a post its id, or its key while no id is known


@dataclass
class Ledger:
    """Claims by thing. `made`: the id of what was made, by (verb, author, key). `replies`: what each was to answer.

    `chosen`: the visibility that was asked for, by (author, key); "" where none was.

    `record`: all intentions, in the order in which they began.
    """

    claims: defaultdict[Thing, Claim] = field(default_factory=lambda: defaultdict(Claim))
    made: dict[tuple[str, str, str], int] = field(default_factory=dict)
    replies: dict[int, int] = field(default_factory=dict)
    chosen: dict[tuple[str, str], str] = field(default_factory=dict)
    record: Sequence[Intention] = ()

    @property
    def reads(self) -> list[Intention]:
        """Of notifications."""
        return [intention for intention in self.record if intention.verb == "read"]

    def of(self, kind: str, who: str, what: object) -> Claim:
        """The claim about a thing; of what nobody ever tried, one that says no."""
        return self.claims.get((kind, who, what), Claim())


def ledger_of(record: Sequence[Intention], posts: Mapping[int, str]) -> Ledger:
    """From what clients wanted, in the order in which they began; `posts`, by their authors, are there before."""
    ledger = Ledger(record=record)
    for post, author in posts.items():
        ledger.claims["post", author, post] = Claim(Says.YES, ever=True)
    strays: defaultdict[Thing, list[tuple[bool, float]]] = defaultdict(list)
    for intention in record:
        for thing, value in _said(ledger, intention):
            claim = ledger.claims[thing]
            claim.lines.append(intention.n)
            _note(claim, strays[thing], intention, value)
    for (who, whom), (says, lines) in follows_after_blocks(record).items():
        claim = ledger.claims["follow", who, whom]
        claim.says, claim.undone = says, True
        claim.lines += lines
    return ledger


def _said(ledger: Ledger, intention: Intention) -> Iterable[tuple[Thing, bool]]:
    """The thing that an intention is about, and whether it is to be there."""
    who, kind, value = intention.client, kind_of(intention.verb), is_doing(intention.verb)
    if kind in TOGGLES:
        yield (kind, who, intention.person if kind in {"follow", "block"} else intention.post), value
    elif kind in {"comment", "post"}:
        if value:
            ledger.chosen[who, intention.key] = intention.visibility
        if not value:
            yield (kind, who, intention.comment if kind == "comment" else intention.post), value
        elif made := (intention.answer or {}).get("id"):
            ledger.made[kind, who, intention.key] = made
            if kind == "comment" and intention.post:
                ledger.replies[made] = intention.post
            yield (kind, who, made), value
        else:
            yield (kind, who, intention.key), value


def _note(claim: Claim, strays: list[tuple[bool, float]], intention: Intention, value: bool) -> None:
    open_tries = [tried for tried in intention.tries if may_have_arrived(tried)]
    if intention.outcome == "refused" and not open_tries:
        return
    makes = intention.verb in {"comment", "post"}
    claim.ever = claim.ever or value
    claim.undone = claim.undone or not value
    if intention.outcome == "accepted":
        sent_at = intention.tries[-1].sent_at
        # What is made once is not made again, and what is removed for good does not come back.
        toggles = not makes and intention.verb not in {"uncomment", "unpost"}
        late = toggles and any(other != value and sent_at < until for other, until in strays)
        claim.says = Says.EITHER if late else (Says.YES if value else Says.NO)
        claim.since = intention.tries[-1].ended_at
    elif claim.says is not (Says.YES if value else Says.NO):
        claim.says = Says.EITHER
    strays += [(value, tried.ended_at + LATE_S) for tried in open_tries]
