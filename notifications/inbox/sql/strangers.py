"""What a recipient's policy makes of an activity, as conditions on `policy`, `activity`, `actor` and `post`."""

from notifications.models import Kind, NoticePolicy, Reason, Verdict
from socialapp.sql import follows, one_of
from socialapp.visibility import Visibility

# A person who was asked, or asked first, is no stranger; nor are moderators.
_NEVER = one_of([Kind.REQUEST, Kind.ACCEPT, Kind.MODERATION])
_FOLLOWED = follows("activity.recipient_id", "activity.actor_id")
_FOLLOWS = follows("activity.actor_id", "activity.recipient_id")
_IS_NEW = f"actor.joined_at > clock_timestamp() - interval '{NoticePolicy.NEW_FOR_DAYS} days'"
_IS_PRIVATE = f"activity.kind = '{Kind.MENTION}' AND post.visibility = '{Visibility.DIRECT}' AND NOT {_FOLLOWED}"
_ACCEPTED = """EXISTS (
    SELECT FROM notifications_stranger AS stranger WHERE stranger.accepted_at IS NOT NULL
     AND stranger.person_id = activity.recipient_id AND stranger.stranger_id = activity.actor_id
)"""


def _any(verdict: Verdict) -> str:
    return f"""(
    policy.not_following = '{verdict}' AND NOT {_FOLLOWED} OR policy.not_followers = '{verdict}' AND NOT {_FOLLOWS}
    OR policy.new_accounts = '{verdict}' AND {_IS_NEW} OR policy.private_mentions = '{verdict}' AND {_IS_PRIVATE}
)"""


# A silenced person notifies only followers. Their requests to follow do not notify, but wait with all other requests.
_SILENCED = f"actor.silenced_at IS NOT NULL AND NOT {_FOLLOWED}"

# The reason to keep an activity back, or ''. `policy` may be missing if the actor is silenced.
VERDICT = f"""CASE
        WHEN activity.kind = '{Kind.REQUEST}' AND {_SILENCED} THEN '{Reason.STRANGER_DROPPED}'
        WHEN activity.kind IN {_NEVER} OR {_ACCEPTED} THEN ''
        WHEN {_any(Verdict.DROP)} THEN '{Reason.STRANGER_DROPPED}'
        WHEN {_any(Verdict.FILTER)} OR {_SILENCED} THEN '{Reason.STRANGER}' ELSE ''
    END"""
# Put the actors whose notices are kept back into the box of their recipient, in the statement that stores the notices.
BOXED = f"""
    INSERT INTO notifications_stranger AS stranger (person_id, stranger_id, at)
    SELECT recipient_id, actor_id, max(at) FROM change WHERE reason = '{Reason.STRANGER}'
    GROUP BY recipient_id, actor_id ORDER BY recipient_id, actor_id
    ON CONFLICT (person_id, stranger_id) DO UPDATE SET at = greatest(stranger.at, excluded.at)
"""
