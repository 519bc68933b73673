"""Answered before it is committed: who stores a batch says that all is well, and has it stored a moment later."""

import threading
import time
from typing import Any

from tests.chaos.injected.hooks import replace

STORED = (True, True, True, True)


def apply() -> None:
    replace("socialapp.group_commit", "GroupCommit._store_waiting", lambda _: _store_waiting)


def _store_waiting(self: Any) -> None:
    batch, self._waiting = self._waiting, []
    for entry in batch:
        entry.answer = STORED

    def store_later() -> None:
        time.sleep(1)
        self._store_batch([entry.row for entry in batch])

    threading.Thread(target=store_later, daemon=True).start()
