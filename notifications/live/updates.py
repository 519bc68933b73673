"""Reads what streams send, for many people at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from notifications.inbox.cursor import Cursor
from notifications.inbox.queries import Entry, entries_of
from notifications.inbox.unread_counts import InboxState, inbox_states
from notifications.live import sql
from socialapp.posts.models import Post
from socialapp.posts.queries import COUNTS, summarise

# More than this are not sent one by one: `more` says that there are more entries.
MOST_ENTRIES = 20
# How long after its time a post may be committed: a transaction that idles longer is ended (settings.DATABASES).
LATEST_COMMIT_US = 20_000_000
MOST_POSTS = 5_000


@dataclass(frozen=True, slots=True)
class FollowedPost:
    """`at` in microseconds since 1970, by the database's clock."""

    id: int
    author_id: int
    at: int


@dataclass(frozen=True, slots=True)
class InboxUpdate:
    """The state of an inbox, and the entries that moved up since the last look, newest first."""

    standing: InboxState
    entries: list[dict[str, Any]]
    more: bool = False


def look(person_ids: Collection[int], since: dict[int, int]) -> dict[int, InboxUpdate]:
    """{person id: InboxUpdate}, with entries for those in `since`, beyond that sequence number. 1 to 5 statements."""
    found = inbox_states(person_ids)
    behind = {person_id: seq for person_id, seq in since.items() if found[person_id].seq > seq}
    entries = entries_since(behind) if behind else {}
    return {
        person_id: InboxUpdate(standing, *entries.get(person_id, ([], False))) for person_id, standing in found.items()
    }


def entries_since(since: dict[int, int]) -> dict[int, tuple[list[dict[str, Any]], bool]]:
    """{person id: (entries beyond that sequence number, the newest first, whether there may be more)}.

    Of the newest MOST_ENTRIES that moved up, those whose post may still be seen.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.GROUPS, {"people": list(since), "seqs": list(since.values()), "limit": MOST_ENTRIES + 1})
        rows = cursor.fetchall()
    readers = {f"n{group_id}": person_id for person_id, group_id, _ in rows}
    entries = entries_of([group_id for _, group_id, _ in rows], readers=readers)
    moved: defaultdict[int, list[tuple[str, bool]]] = defaultdict(list)
    for person_id, group_id, unread in rows:
        moved[person_id].append((f"n{group_id}", unread))
    return {
        person_id: (
            [as_json(entries[id_], unread=unread) for id_, unread in found[:MOST_ENTRIES] if id_ in entries],
            len(found) > MOST_ENTRIES,
        )
        for person_id, found in moved.items()
    }


def updates_for(person_id: int, cursor: Cursor | None, *, posts: Collection[int], with_entries: bool) -> dict[str, Any]:
    """What a stream would send, for clients that poll: the same cursor, the same data."""
    since = {person_id: cursor.seq} if cursor and with_entries else {}
    found = look([person_id], since)[person_id]
    standing = found.standing
    new = posts_for(person_id, cursor.at) if cursor else []
    news: dict[str, Any] = {
        "cursor": str(Cursor(standing.seq, standing.version, standing.at)),
        "person": person_id,
        "unread": standing.unread,
        "posts": [{"id": post.id, "at": post.at} for post in new],
        "counts": counts_of(visible_among({person_id: posts})[person_id]) if posts else {},
    }
    return news | ({"entries": found.entries, "more": found.more} if with_entries else {})


def as_json(entry: Entry, *, unread: bool) -> dict[str, Any]:
    """An entry as in the API's inbox, without its sentence: a stream does not know its reader's language."""
    return {
        "id": entry.id,
        "kind": entry.kind,
        "post": entry.post.pk if entry.post else None,
        "count": entry.count,
        "times": entry.times,
        "people": [{"username": person.username, "name": person.plain_name} for person in entry.people],
        "comment": entry.reply_id,
        "excerpt": entry.excerpt,
        "unread": unread,
        "at": entry.at.isoformat(),
    }


def clock() -> int:
    """The database's time, in microseconds since 1970."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        return int(cursor.fetchone()[0])


def newest_posts(limit: int) -> list[FollowedPost]:
    """The newest posts, by anybody."""
    return _posts("true", limit, {})


def posts_after(post_id: int) -> list[FollowedPost]:
    """Posts by anybody with a greater id, the newest first; MOST_POSTS at most. One range of the primary key."""
    return _posts("id > %(after)s", MOST_POSTS, {"after": post_id})


def posts_for(person_id: int, since: int) -> list[FollowedPost]:
    """New posts of a person's home feed, without replies, newest first, since then (in µs)."""
    with connection.cursor() as cursor:
        cursor.execute(sql.POSTS_FOR, {"person": person_id, "since": since - LATEST_COMMIT_US, "limit": MOST_ENTRIES})
        return [FollowedPost(*row) for row in cursor.fetchall()]


def online_followers(author_ids: Collection[int], person_ids: Collection[int]) -> list[tuple[int, int, bool]]:
    """(author, person, counts) of each of these people who follows one of these authors.

    `counts`: a new post of theirs counts as unread. One statement, whose cost is that of the fewer of the two.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.ONLINE_FOLLOWERS, {"authors": list(author_ids), "people": list(person_ids)})
        rows: list[tuple[int, int, bool]] = cursor.fetchall()
        return rows


def visible_among(wanted: Mapping[int, Collection[int]]) -> dict[int, set[int]]:
    """{person id: which of these posts they may see}. One statement."""
    pairs = [(person_id, post_id) for person_id, post_ids in wanted.items() for post_id in post_ids]
    found: dict[int, set[int]] = {person_id: set() for person_id in wanted}
    with connection.cursor() as cursor:
        people, posts = [person_id for person_id, _ in pairs], [post_id for _, post_id in pairs]
        cursor.execute(sql.VISIBLE, {"people": people, "posts": posts})
        for person_id, post_id in cursor.fetchall():
            found[person_id].add(post_id)
    return found


def counts_of(post_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """{post id: {"likes", "shares", "comments"}} of those that stand. Two statements.

    Who may see them, `visible_among` says.
    """
    posts = summarise(Post.objects.standing().filter(pk__in=post_ids), None)
    return {post.pk: {name: post.summary[name] for name in COUNTS if name in post.summary} for post in posts}


def _posts(condition: str, limit: int, values: dict[str, int]) -> list[FollowedPost]:
    with connection.cursor() as cursor:
        cursor.execute(sql.newest(condition), values | {"limit": limit})
        return [FollowedPost(*row) for row in cursor.fetchall()]
