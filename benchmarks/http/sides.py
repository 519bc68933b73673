"""The stacks of a bench. Each has its own, fresh; those of --quick share, because starting is most of their time."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import Any

from benchmarks.bench import Progress, Settings
from benchmarks.systems.floor import floor
from benchmarks.systems.product import socialapp
from benchmarks.systems.textbook import synchronous, textbook

LOUD = 1_000  # of 20,000 people, who hear of each like by webhook and push, too
LOUD_QUICK = 20
POSTS_QUICK = 20  # so that the first author of these, who is one of them, is liked at once

OURS, LOUD_OURS = "socialapp", "socialapp with webhooks and push"
KEPT, AS_IT_COMES = "textbook, connections kept", "textbook, as it comes"
SYNCHRONOUS, FLOOR = "synchronous", "floor"

_START: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    OURS: socialapp,
    LOUD_OURS: partial(socialapp, loud=LOUD),
    KEPT: partial(textbook, kept=True),
    AS_IT_COMES: partial(textbook, kept=False),
    SYNCHRONOUS: synchronous,
    FLOOR: floor,
}
_QUICK = {LOUD_OURS: OURS, AS_IT_COMES: KEPT}


@contextmanager
def sides(settings: Settings, progress: Progress, *names: str) -> Iterator[list[Any]]:
    """These stacks, warm, and gone afterwards (those of --quick: when all benches are over)."""
    with ExitStack() as until_here:
        found = []
        for name in names:
            progress.step(f"starting {name}", 0.0)
            if settings.quick:
                found.append(_shared(settings, _QUICK.get(name, name)))
            else:
                found.append(until_here.enter_context(_START[name]()))
        yield found


def _shared(settings: Settings, name: str) -> Any:
    if name not in settings.known:
        start = partial(socialapp, loud=LOUD_QUICK) if name == OURS else _START[name]
        settings.known[name] = settings.until_the_end.enter_context(start())
    return settings.known[name]
