"""Of several rows in a batch, the last is answered as the others, and is not stored."""

from collections.abc import Callable
from typing import Any

from tests.chaos.injected.hooks import replace


def apply() -> None:
    replace("socialapp.group_commit", "LONGEST_WAIT", lambda _: 60)  # so that all who come meanwhile are a batch
    replace("socialapp.group_commit", "GroupCommit._store_waiting", _without_the_last)


def _without_the_last(store_waiting: Callable[[Any], None]) -> Callable[[Any], None]:
    def store(self: Any) -> None:
        last = self._waiting.pop() if len(self._waiting) > 1 else None
        store_waiting(self)
        if last:
            last.answer = (True, True, True, True)

    return store
