"""What the record says must be, may be and must not be, of each thing that clients did.

An answer that never came is "either way". A request of which nothing was heard may also be executed late, by a process
that hung: until `LATE_S` after it was given up, it leaves open what a later answer said.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.checker.deeds import Claim, Says
from tests.chaos.record import Intention, Try

LATE_S = 60.0
NEVER_SENT = {"refused", "ClientConnectorError"}
TOGGLES = ("like", "share", "follow")
Thing = tuple[str, str, object]  # kind, who, what: of a comment and a post its id, or its key while no id is known


@dataclass
class Ledger:
    """Claims by thing. `made`: the id of what was made, by (verb, author, key). `blocks`: (blocker, blocked)."""

    claims: defaultdict[Thing, Claim] = field(default_factory=lambda: defaultdict(Claim))
    made: dict[tuple[str, str, str], int] = field(default_factory=dict)
    replies: dict[int, int] = field(default_factory=dict)
    blocks: dict[tuple[str, str], Claim] = field(default_factory=dict)

    def of(self, kind: str, who: str, what: object) -> Claim:
        """The claim about a thing; of what nobody ever tried, one that says no."""
        return self.claims.get((kind, who, what), Claim())


def ledger_of(record: Sequence[Intention], posts: Mapping[int, str]) -> Ledger:
    """From what clients wanted, in the order in which they began; `posts`, by their authors, are there before."""
    ledger = Ledger()
    for post, author in posts.items():
        ledger.claims["post", author, post] = Claim(Says.YES, ever=True)
    strays: defaultdict[Thing, list[tuple[bool, float]]] = defaultdict(list)
    for intention in record:
        for thing, value in _said(ledger, intention):
            claim = ledger.claims[thing]
            claim.lines.append(intention.n)
            _note(claim, strays[thing], intention, value)
        if kind_of(intention.verb) == "block":
            _part(ledger, intention)
    return ledger


def kind_of(verb: str) -> str:
    """like, of like and unlike."""
    return verb.removeprefix("un")


def is_doing(verb: str) -> bool:
    """Rather than undoing."""
    return not verb.startswith("un")


def _said(ledger: Ledger, intention: Intention) -> Iterable[tuple[Thing, bool]]:
    """The thing that an intention is about, and whether it is to be there."""
    who, kind, value = intention.client, kind_of(intention.verb), is_doing(intention.verb)
    if kind in TOGGLES:
        yield (kind, who, intention.person if kind == "follow" else intention.post), value
    elif kind in {"comment", "post"}:
        if not value:
            yield (kind, who, intention.comment if kind == "comment" else intention.post), value
        elif made := (intention.answer or {}).get("id"):
            ledger.made[kind, who, intention.key] = made
            yield (kind, who, made), value
        else:
            yield (kind, who, intention.key), value


def _note(claim: Claim, strays: list[tuple[bool, float]], intention: Intention, value: bool) -> None:
    open_tries = [tried for tried in intention.tries if _may_have_arrived(tried)]
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


def _may_have_arrived(tried: Try) -> bool:
    return tried.is_open and tried.error not in NEVER_SENT


def _part(ledger: Ledger, intention: Intention) -> None:
    """A block ends both follows, and all that the blocked did until it ends is kept from the blocker."""
    pair = (intention.client, intention.person or "")
    claim = ledger.blocks.setdefault(pair, Claim())
    claim.lines.append(intention.n)
    value = is_doing(intention.verb)
    _note(claim, [], intention, value)
    if not value or intention.outcome == "refused":
        return
    for who, whom in (pair, pair[::-1]):
        if follow := ledger.claims.get(("follow", who, whom)):
            follow.lines.append(intention.n)
            follow.undone = True
            if follow.says is not Says.NO:
                follow.says = Says.NO if intention.outcome == "accepted" else Says.EITHER
