"""No unique key: a deed is inserted into an inbox blindly, as often as it is told of."""

from tests.chaos.mutants.spoiling import execute, swapped
from tests.chaos.stowaway.hooks import replace

_CONFLICT = """ON CONFLICT (group_id, actor_id, comment_id)
DO UPDATE SET active = true WHERE NOT member.active AND member.withheld = ''
"""


def apply() -> None:
    execute("ALTER TABLE notifications_member DROP CONSTRAINT IF EXISTS one_member_per_deed")
    replace("notifications.statements", "JOIN", lambda join: swapped(join, _CONFLICT, ""))
