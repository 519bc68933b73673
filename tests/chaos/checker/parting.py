"""What a block or a refusal ends, what a block prevents, and what an approval must have done."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tests.chaos.checker.activities import Says
from tests.chaos.checker.effects import Effect, effects_of, is_doing, kind_of
from tests.chaos.checker.rows import Text
from tests.chaos.record import Intention

Pair = tuple[str, str]
ALWAYS, NEVER = float("-inf"), float("inf")


def follows_after_blocks(record: Sequence[Intention]) -> dict[Pair, tuple[Says, list[int]]]:
    """Of each follow or request (who, whom) that a block or refusal may have ended: what to say, and the lines.

    Two clients act at once: it is not the order in which they began that counts, but that of their answers.
    """
    effects: defaultdict[Pair, list[Effect]] = defaultdict(list)
    lines: defaultdict[Pair, list[int]] = defaultdict(list)
    approved = approvals(record)
    for intention in record:
        pair = (intention.client, intention.person or "")
        if kind_of(intention.verb) == "follow":
            effects[pair] += effects_of(intention, value=is_doing(intention.verb))
        elif intention.verb == "block" and (ends := list(effects_of(intention, value=False))):
            for follow in (pair, pair[::-1]):
                effects[follow] += ends
                lines[follow].append(intention.n)
        elif intention.verb == "refuse" and (ends := list(effects_of(intention, value=False))):
            # It ends no follow, so that it counts for certain only where none was ever approved.
            asked = pair[::-1]
            effects[asked] += [replace(end, certain=end.certain and asked not in approved) for end in ends]
            lines[asked].append(intention.n)
    return {pair: (_says(effects[pair]), lines[pair]) for pair in lines if any(e.value for e in effects[pair])}


def _says(effects: Sequence[Effect]) -> Says:
    """Of that effect which came last; either way where that is not known."""
    at_first = Effect(ALWAYS, ALWAYS, value=False, certain=True)
    latest = max(effect.since for effect in [at_first, *effects] if effect.certain)
    last = {effect.value for effect in [at_first, *effects] if effect.until > latest or effect.since == latest}
    return Says.EITHER if len(last) > 1 else Says.YES if True in last else Says.NO


def approvals(record: Sequence[Intention]) -> Mapping[Pair, list[Effect]]:
    """Of each request (who, whom) when it was approved, or may have been."""
    found: defaultdict[Pair, list[Effect]] = defaultdict(list)
    for intention in record:
        if intention.verb == "approve" and (effects := list(effects_of(intention, value=True))):
            found[intention.person or "", intention.client] += effects
    return dict(found)


def approved_at_last(record: Sequence[Intention]) -> Iterator[Pair]:
    """The requests that were approved for certain, after the last time that they can have been made."""
    asked: defaultdict[Pair, float] = defaultdict(lambda: ALWAYS)
    for intention in record:
        if intention.verb == "follow":
            pair = (intention.client, intention.person or "")
            asked[pair] = max([asked[pair], *(effect.until for effect in effects_of(intention, value=True))])
    for pair, effects in approvals(record).items():
        if any(effect.certain and effect.since > asked[pair] for effect in effects):
            yield pair


def trespasses(record: Sequence[Intention], texts: Mapping[int, Text]) -> Iterator[Intention]:
    """What somebody could do to a text of who blocked them, or below it, while they were blocked for certain.

    A yes may be about an earlier try of it, which got no answer.
    """
    spans = _spans(record)
    for intention in record:
        if intention.outcome == "accepted" and intention.verb in {"like", "share", "comment", "follow"}:
            first, last = intention.tries[0], intention.tries[-1]
            for blocker in _concerned(intention, texts):
                for since, until in spans.get((blocker, intention.client), ()):
                    if since < first.sent_at and last.ended_at < until:
                        yield intention


def _concerned(intention: Intention, texts: Mapping[int, Text]) -> Iterator[str]:
    if intention.person:
        yield intention.person
    text = texts.get(intention.post or 0)
    if text:
        yield text.author
        if intention.verb == "comment" and text.post in texts and texts[text.post].author != text.author:
            yield texts[text.post].author


def _spans(record: Sequence[Intention]) -> Mapping[Pair, list[tuple[float, float]]]:
    """When one blocked another for certain: from the yes to a block until the next unblock may have taken effect."""
    effects: defaultdict[Pair, list[Effect]] = defaultdict(list)
    for intention in record:
        if kind_of(intention.verb) == "block":
            pair = (intention.client, intention.person or "")
            effects[pair] += effects_of(intention, value=is_doing(intention.verb))
    found: defaultdict[Pair, list[tuple[float, float]]] = defaultdict(list)
    for pair, all_effects in effects.items():
        ends = [effect for effect in all_effects if not effect.value]
        for begun in all_effects:
            if begun.value and begun.certain and not any(e.since <= begun.until < e.until for e in ends):
                until = min((e.since for e in ends if e.since > begun.until), default=NEVER)
                found[pair].append((begun.until, until))
    return found
