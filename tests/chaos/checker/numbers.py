"""Badges, counts and feeds against rows."""

from collections import Counter

from tests.chaos.checker.findings import Kind, Report
from tests.chaos.checker.inboxes import new_posts
from tests.chaos.checker.rows import Rows
from tests.chaos.checker.shown import Shown
from tests.chaos.checker.truth import Truth
from tests.chaos.checker.world import World

CAP = 100  # docs/api.md: stands for that many or more


def compare_badges(truth: Truth, rows: Rows, shown: Shown, report: Report) -> None:
    """The number on the badge is that of the unread entries, as shown and as stored."""
    stored = Counter(
        group.recipient
        for group in rows.groups.values()
        if group.unread and group.count > 0 and (not group.post or truth.sees(group.recipient, group.post))
    )
    for person, badge in shown.badges.items():
        read_up_to = rows.read_up_to.get(person, 0.0)
        fresh = sum(
            truth.texts[post].created_at > read_up_to and (person, post) not in rows.read_posts
            for post in new_posts(person, truth)
        )
        unread = sum(entry.unread for entry in shown.inboxes[person])
        for what, number in (("rows", stored[person] + fresh), ("entries", unread)):
            if badge != min(CAP, number):
                report.add(Kind.BADGE, "shown", f"{person}'s badge says {badge}; unread {what}: {number}")


def compare_counts(world: World, truth: Truth, rows: Rows, shown: Shown, report: Report) -> None:
    """Below posts and on profiles: as shown, as kept, and as the things themselves are."""
    likes = Counter(post for _, post in rows.likes.elements())
    shares = Counter(post for _, post in rows.shares.elements())
    for post in rows.texts:
        due = (likes[post], shares[post], truth.comments[post])
        kept = tuple(rows.counters.get((f"post.{name}", post), 0) for name in ("likes", "shares", "comments"))
        if kept != due:
            report.add(Kind.COUNT, "stored", f"post {post}: kept {kept}, are {due} (likes, shares, comments)")
        seen = shown.posts.get(post)
        if seen is not None and seen != due:
            report.add(Kind.COUNT, "shown", f"post {post}: shown {seen}, are {due} (likes, shares, comments)")
        if (seen is not None) != (post in truth.visible and truth.is_open(post)):
            report.add(Kind.UNDONE if seen else Kind.LOST, "shown", f"post {post} is {'' if seen else 'not '}there")
    posts = Counter(truth.texts[post].author for post in truth.beginnings)
    followers = Counter(whom for _, whom in rows.follows)
    following = Counter(who for who, _ in rows.follows)
    for person, seen_there in shown.profiles.items():
        mine = (posts[person], followers[person], following[person])
        id_ = world.ids[person]
        kept = tuple(rows.counters.get((f"person.{name}", id_), 0) for name in ("posts", "followers", "following"))
        for what, number in (("shown", seen_there), ("kept", kept)):
            if number != mine:
                report.add(Kind.COUNT, "shown", f"{person}: {what} {number}, are {mine} (posts, followers, following)")


def compare_looks(truth: Truth, rows: Rows, shown: Shown, report: Report) -> None:
    """Below what is not for everybody, those who see it count the replies that they see."""
    likes = Counter(post for _, post in rows.likes.elements())
    for (person, post), seen in shown.looks.items():
        comments = sum(truth.sees(person, reply) for reply in truth.replies[post])
        if seen is not None and seen != (due := (likes[post], 0, comments)):
            report.add(Kind.COUNT, "shown", f"post {post} to {person}: shown {seen}, are {due}")


def compare_feeds(truth: Truth, rows: Rows, shown: Shown, report: Report) -> None:
    """What somebody and those they follow posted and shared is in their feed; what these replied, if to one of these.

    But nothing of whom they block, or are blocked by.
    """
    for person, feed in shown.feeds.items():
        seen = {whom for who, whom in truth.follows if who == person} | {person}
        shut_out = {blocked for blocker, blocked in rows.blocks if blocker == person}
        shut_out |= {blocker for blocker, blocked in rows.blocks if blocked == person}
        theirs = {post for post in truth.visible if truth.texts[post].author in seen and truth.is_in_feeds(post)}
        due = {post for post in theirs if truth.answers_one_of(post, seen)}
        due |= {post for who, post in truth.shares if who in seen and post in truth.visible}
        due = {post for post in due if truth.texts[post].author not in shut_out}
        for post in due - set(feed):
            report.add(Kind.LOST, "feed", f"{person} does not see post {post}")
        for post in set(feed) - due:
            report.add(Kind.UNDONE, "feed", f"{person} sees post {post}")
