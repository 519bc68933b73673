"""Of several rows in a batch, each gets the answer of the next."""

from collections.abc import Callable, Sequence
from typing import Any

from tests.chaos.injected.hooks import replace


def apply() -> None:
    replace("socialapp.group_commit", "LONGEST_WAIT", lambda _: 60)  # so that all who come meanwhile are a batch
    replace("socialapp.group_commit", "GroupCommit._store_waiting", _answers_of_the_next)


def _answers_of_the_next(store_waiting: Callable[[Any], None]) -> Callable[[Any], None]:
    def store(self: Any) -> None:
        store_batch = self._store_batch

        def mixed(rows: Sequence[Any]) -> Sequence[Any]:
            answers = store_batch(rows)
            return [*answers[1:], *answers[:1]]

        self._store_batch = mixed
        try:
            store_waiting(self)
        finally:
            self._store_batch = store_batch

    return store
