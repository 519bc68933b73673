"""No unique key: a deed is inserted into an inbox blindly, as often as it is told of."""

from tests.chaos.mutants.spoiling import execute, swapped
from tests.chaos.stowaway.hooks import replace

_CONFLICT = """
ON CONFLICT (group_id, actor_id, comment_id)
DO UPDATE SET active = excluded.active, withheld = excluded.withheld
    WHERE NOT member.active AND member.withheld = ''
"""
# What puts the database right when the mutant is gone, and all rows with it.
REPAIR = """
CREATE UNIQUE INDEX IF NOT EXISTS one_member_per_deed ON notifications_member (group_id, actor_id, comment_id)
"""


def apply() -> None:
    execute("DROP INDEX IF EXISTS one_member_per_deed")
    replace("notifications.statements", "JOIN", lambda join: swapped(join, _CONFLICT, ""))
