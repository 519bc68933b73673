"""No unique key: an activity is inserted into an inbox blindly, as often as it is told of."""

from tests.chaos.injected.hooks import replace
from tests.chaos.mutants.spoiling import execute, swapped

_LOOK = "FROM notifications_groupmember AS member WHERE member.group_id = numbered.known_id"
# What puts the database right when the mutant is gone, and all rows with it.
REPAIR = """
ALTER TABLE notifications_groupmember DROP CONSTRAINT IF EXISTS notifications_groupmember_pkey,
    ADD CONSTRAINT notifications_groupmember_pkey PRIMARY KEY (group_id, actor_id, reply_id)
"""


def apply() -> None:
    execute("ALTER TABLE notifications_groupmember DROP CONSTRAINT IF EXISTS notifications_groupmember_pkey")
    replace("notifications.inbox.sql.join", "JOIN", _without_conflicts)


def _without_conflicts(join: str) -> str:
    from notifications.inbox.sql.join import (
        ON_CONFLICT,  # only now: before the product is loaded, its models cannot be
    )

    return swapped(_blind(join), ON_CONFLICT, "")


def _blind(join: str) -> str:
    """Without looking for what is there."""
    return swapped(join, _LOOK, f"{_LOOK} AND false")
