"""What people chose, as conditions in SQL, and the statements of bells."""

from notifications.models import ChannelName, FromWhom, Kind
from socialapp.follows.sql import LOCK_PAIR
from socialapp.sql import blocks_between, follows

_LASTS = "(mute.until IS NULL OR mute.until > clock_timestamp())"


# The people that %(viewer)s does not want in their feeds (settings.FEED_EXCLUSIONS).
MUTED_PEOPLE = f"""
SELECT mute.muted_id AS id FROM notifications_mute AS mute
WHERE mute.person_id = %(viewer)s AND mute.muted_id IS NOT NULL AND {_LASTS}
"""


def muted_in_feeds(person: str, other: str) -> str:
    """The person does not want the other in their feeds. Both are expressions."""
    return f"""EXISTS (
    SELECT FROM notifications_mute AS mute
    WHERE mute.person_id = {person} AND mute.muted_id = {other} AND {_LASTS}
)"""


def muted(recipient: str, actor: str, post: str, thread: str, kind: str) -> str:
    """The recipient muted the actor, or the thread of the post, or this kind in it. All are expressions.

    `thread` is null for a post that begins one, whose id is the thread's.
    """
    return f"""EXISTS (
    SELECT FROM notifications_mute AS mute WHERE mute.person_id = {recipient} AND {_LASTS}
     AND (mute.muted_id = {actor} AND mute.notifications
          OR (mute.thread = coalesce({thread}, {post}) AND mute.kind IN ('', {kind})))
)"""


def wants_new_posts(person: str, followee: str) -> str:
    """A condition: the person has not muted the followee, and wants new posts in their inbox. Both are expressions."""
    return f"""
    NOT EXISTS (SELECT FROM notifications_mute AS mute
                WHERE mute.person_id = {person} AND mute.muted_id = {followee} AND mute.notifications AND {_LASTS})
    AND NOT EXISTS (SELECT FROM notifications_preference AS preference WHERE preference.person_id = {person}
                    AND preference.kind = '{Kind.POST}' AND preference.channel = '{ChannelName.INBOX}'
                    AND preference.from_whom = '{FromWhom.NO_ONE}')
"""


# The same by names, which each takes as its `format`: whether `recipient` wants to be notified of what `actor` did.
BLOCKED = blocks_between("{recipient}", "{actor}")
MUTED = muted("{recipient}", "{actor}", "{post}", "{thread}", "{kind}")
FOLLOWED = follows("{recipient}", "{actor}")

REMOVE_BELLS = """
DELETE FROM notifications_bell AS bell
USING unnest(%(people)s::bigint[], %(authors)s::bigint[], %(untils)s::timestamptz[])
    AS ended(person_id, author_id, until)
WHERE bell.person_id = ended.person_id AND bell.author_id = ended.author_id AND bell.created_at < ended.until
"""
# Yields whether `one` follows `other`. In one round trip, whose statements are one transaction. The bell's time is
# that of now, so that it is not taken for one from before the follow.
BELL_ON = f"""{LOCK_PAIR}
WITH followed AS (
    SELECT follower_id, followee_id FROM follows_follow WHERE follower_id = %(one)s AND followee_id = %(other)s
), added AS (
    INSERT INTO notifications_bell (person_id, author_id, created_at)
    SELECT follower_id, followee_id, clock_timestamp() FROM followed
    ON CONFLICT (person_id, author_id) DO UPDATE SET created_at = EXCLUDED.created_at
)
SELECT EXISTS (SELECT FROM followed)
"""
