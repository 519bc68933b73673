"""A report that is sent again is stored again: neither its key nor what it says is known from the first time."""

import time
from collections.abc import Callable

from tests.chaos.injected.hooks import replace


def apply() -> None:
    replace("socialapp.moderation.operations.reports", "digest_of", _of_this_moment)
    replace("socialapp.moderation.api", "idempotency_key", lambda _: lambda request: "")


def _of_this_moment(digest_of: Callable[..., str]) -> Callable[..., str]:
    return lambda *parts: digest_of(*parts, time.time())
