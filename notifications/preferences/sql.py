"""What people chose, as conditions in SQL: whether `recipient` wants to be notified of what `actor` did."""

# Each takes the names of columns.
BLOCKED = "EXISTS (SELECT FROM follows_block WHERE blocker_id = {recipient} AND blocked_id = {actor})"
MUTED = """EXISTS (
    SELECT FROM notifications_mute AS mute WHERE mute.person_id = {recipient}
     AND (mute.muted_id = {actor} OR (mute.post_id IN ({post}, {thread}) AND mute.kind IN ('', {kind})))
     AND (mute.until IS NULL OR mute.until > clock_timestamp())
)"""
FOLLOWED = "EXISTS (SELECT FROM follows_follow WHERE follower_id = {recipient} AND followee_id = {actor})"
