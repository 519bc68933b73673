"""What arrives at inboxes: a batch of activities, the groups they belong to, and why a recipient does not want one."""

from notifications.inbox.sql.strangers import VERDICT
from notifications.models import ChannelName, FromWhom, Reason
from notifications.preferences.sql import muted
from socialapp.messaging.messages import NOBODY
from socialapp.sql import blocks_between, follows

# The activities of a batch as rows. Parallel arrays: one parse, whatever the batch. `unwanted` is a Reason that is
# known already, or ''.
ACTIVITIES = """
    SELECT * FROM unnest(
        %(recipients)s::bigint[], %(kinds)s::text[], %(posts)s::bigint[],
        %(actors)s::bigint[], %(replies)s::bigint[], %(ats)s::timestamptz[], %(unwanted)s::text[]
    ) AS activity(recipient_id, kind, post_id, actor_id, reply_id, at, unwanted)
"""
TYPES = {
    **dict.fromkeys(("recipients", "posts", "actors", "replies"), "bigint[]"),
    "kinds": "text[]",
    "ats": "timestamptz[]",
    "unwanted": "text[]",
}

# Says to the planner, which knows nothing of the arrays and takes them to be short, that there are about a thousand.
# It yields nothing.
MANY = """
    UNION ALL SELECT 0, '', 0, 0, 0, now(), '' FROM generate_series(1, 3000)
    WHERE cardinality(%(recipients)s::bigint[]) < 0
"""

_BLOCKED = blocks_between("activity.recipient_id", "activity.actor_id")
_FOLLOWED = follows("activity.recipient_id", "activity.actor_id")
_MUTED = muted("activity.recipient_id", "activity.actor_id", "activity.post_id", "post.thread", "activity.kind")

# The group of `activity` if it is there. By equality, so that the index finds it, however many its recipient has.
KNOWN = """
    CASE WHEN activity.post_id IS NULL THEN (
        SELECT id FROM notifications_group AS found
        WHERE found.recipient_id = activity.recipient_id AND found.kind = activity.kind AND found.post_id IS NULL
    ) ELSE (
        SELECT id FROM notifications_group AS found
        WHERE found.recipient_id = activity.recipient_id
          AND found.kind = activity.kind AND found.post_id = activity.post_id
    ) END
"""


# Activities whose person or post is gone for good are dropped. Hidden or deleted ones may come back, so they are
# delivered, and left out when an inbox is read for as long as they may not be seen.
def judged(activities: str) -> str:
    """Each activity with `known_id`, its group if that is there, and the `reason` why it is unwanted, or ''."""
    return f"""
    SELECT activity.*, CASE
        WHEN {_BLOCKED} THEN '{Reason.BLOCKED}'
        WHEN actor.suspended_at IS NOT NULL THEN '{Reason.SUSPENDED}'
        WHEN activity.unwanted <> '' THEN activity.unwanted
        WHEN {_MUTED} THEN '{Reason.MUTED}'
        WHEN preference.from_whom = '{FromWhom.NO_ONE}' THEN '{Reason.NOT_WANTED}'
        WHEN preference.from_whom = '{FromWhom.FOLLOWING}' AND NOT {_FOLLOWED} THEN '{Reason.NOT_WANTED}'
        WHEN policy.person_id IS NOT NULL OR actor.silenced_at IS NOT NULL THEN {VERDICT}
        ELSE ''
    END AS reason, {KNOWN} AS known_id
    FROM ({activities}) AS activity
    LEFT JOIN notifications_preference AS preference ON preference.person_id = activity.recipient_id
     AND preference.kind = activity.kind AND preference.channel = '{ChannelName.INBOX}'
    LEFT JOIN notifications_noticepolicy AS policy ON policy.person_id = activity.recipient_id
    JOIN users_person AS recipient ON recipient.id = activity.recipient_id AND recipient.deleted_at IS NULL
    LEFT JOIN users_person AS actor ON actor.id = activity.actor_id
    LEFT JOIN posts_post AS post ON post.id = activity.post_id
    WHERE activity.recipient_id <> activity.actor_id AND (actor.id IS NOT NULL OR activity.actor_id = {NOBODY})
      AND (activity.post_id IS NULL OR post.id IS NOT NULL)
"""
