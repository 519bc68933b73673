"""No lock per shard: two consumers act on messages of one recipient at once."""

from tests.chaos.injected.hooks import replace
from tests.chaos.mutants.spoiling import swapped

_LOCK = "WHERE pg_try_advisory_xact_lock(%(space)s, shard)"


def apply() -> None:
    replace("socialapp.messaging.sql", "CLAIM", lambda claim: swapped(claim, _LOCK, ""))
