"""SQL for the statements that are hot: the rules about who may be seen, each once, and statements planned once.

A rule is a condition about the names that a statement gives to its tables or columns. Everything else asks the
querysets, which have the same rules: `Person.objects.active()`, `Person.objects.findable()`,
`Post.objects.visible_to()` and its like, and `without_blocked()`.
"""

import hashlib
from collections.abc import Iterable

from socialapp.visibility import NARROWER, OPEN, Reachable, Visibility


class Prepared(str):
    """A statement with %(name)s in it; `types` are the PostgreSQL types of each name.

    To any cursor it is its text. A cursor of `config.postgres` prepares it once per connection, and then sends only
    EXECUTE and the values. One plan serves all values: it is made without looking at them.
    """

    __slots__ = ("execution", "preparation")

    preparation: str
    execution: str

    def __new__(cls, sql: str, **types: str) -> "Prepared":
        planned = super().__new__(cls, sql)
        # Each text has one plan per connection.
        name = f"planned_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
        numbered = sql % {each: f"${number}" for number, each in enumerate(types, 1)}
        planned.preparation = f"PREPARE {name} ({', '.join(types.values())}) AS {numbered}"
        planned.execution = f"EXECUTE {name} ({', '.join(f'%({each})s' for each in types)})"
        return planned

    def after(self, first: str) -> "Prepared":
        """The same statement, and the same plan, after `first` (SET LOCAL, a lock) in one round trip."""
        later = str.__new__(Prepared, first + self)
        later.preparation, later.execution = self.preparation, first + self.execution
        return later


def active(person: str) -> str:
    """A condition: this row of users_person is neither suspended nor deleted, so they may act and be seen."""
    return f"{person}.suspended_at IS NULL AND {person}.deleted_at IS NULL"


def joined_within(person: str, time: str) -> str:
    """A condition: `person`, an expression, has an account, and has had it for no longer than `time`, an interval."""
    return f"EXISTS (SELECT FROM users_person WHERE id = {person} AND joined_at > statement_timestamp() - {time})"


def allows(token: str, scope: str) -> str:
    """A condition: this row of users_token has not ended, and has this scope."""
    is_open = f"coalesce({token}.ends_at > statement_timestamp(), true)"
    return f"{is_open} AND '{scope}' = ANY (string_to_array({token}.scope, ' '))"


def shown(post: str) -> str:
    """A condition: this row of posts_post is neither deleted nor hidden. Its author may still be suspended."""
    return f"{post}.deleted_at IS NULL AND {post}.hidden_at IS NULL"


def standing(post: str, author: str) -> str:
    """A condition: this row of posts_post, and its author, that row of users_person, are there, for whomever it is."""
    return f"{shown(post)} AND {active(author)}"


def is_open(post: str) -> str:
    """A condition: this row of posts_post is for anybody, with an account or without."""
    return f"{post}.visibility IN {one_of(OPEN)}"


def in_feeds(post: str) -> str:
    """A condition: this row of posts_post is in the feeds of the author's followers, and on the author's profile."""
    return f"{post}.visibility <> '{Visibility.DIRECT}'"


def findable(person: str, viewer: str | None = None) -> str:
    """A condition: lists of what everybody wrote, and of everybody, show this row of users_person to this viewer.

    People who are silenced are found only by their followers and themselves. `viewer` is an expression; None for all.
    """
    by_all = f"{person}.silenced_at IS NULL"
    return f"({by_all} OR {person}.id = {viewer} OR {follows(viewer, f'{person}.id')})" if viewer else by_all


def listed(post: str, author: str, viewer: str | None = None) -> str:
    """A condition: the public feed, hashtags and searches show this post, to this viewer or else to all."""
    is_public = f"{post}.visibility = '{Visibility.PUBLIC}'"
    return f"{standing(post, author)} AND {is_public} AND {findable(author, viewer)}"


def visible(post: str, author: str) -> str:
    """A condition: this row of posts_post, whose author is that row of users_person, may be seen without an account."""
    return f"{standing(post, author)} AND {is_open(post)}"


def meant_for(viewer: str, post: str) -> str:
    """A condition: this row of posts_post is for this viewer: open to all, or theirs, or for them. Never null."""
    by_follow = f"{post}.visibility = '{Visibility.FOLLOWERS}' AND {follows(viewer, f'{post}.author_id')}"
    by_name = f"EXISTS (SELECT FROM posts_mention WHERE post_id = {post}.id AND person_id = {viewer})"
    return f"(({is_open(post)} OR {post}.author_id = {viewer} OR ({by_follow}) OR {by_name}) IS TRUE)"


def width(visibility: str) -> str:
    """An expression that orders visibilities: the fewer people may see a post, the more."""
    return f"array_position(ARRAY{list(map(str, NARROWER))}, {visibility}::text)"


def acting(person: str) -> str:
    """A SELECT of `person`, an expression, if they may act; this holds until the transaction ends.

    A suspension waits for it, and it waits for a suspension under way. A foreign key takes the same lock anyhow.
    """
    return f"SELECT id FROM users_person WHERE id = {person} AND {active('users_person')} FOR KEY SHARE"


def blocked(blocker: str, person: str) -> str:
    """A condition: the one blocks the other."""
    return f"EXISTS (SELECT FROM follows_block WHERE blocker_id = {blocker} AND blocked_id = {person})"


def blocks_between(one: str, other: str) -> str:
    """A condition: one of the two blocks the other."""
    return f"({blocked(one, other)} OR {blocked(other, one)})"


def blocks_with(viewer: str) -> str:
    """A SELECT of the `id` of all who blocked this viewer or were blocked by them; of none for null.

    Lists do not show these people to the viewer, and nothing shows what they wrote.
    """
    return (
        f"SELECT blocked_id AS id FROM follows_block WHERE blocker_id = {viewer} "
        f"UNION ALL SELECT blocker_id FROM follows_block WHERE blocked_id = {viewer}"
    )


def visible_to(viewer: str, post: str, author: str) -> str:
    """A condition: this row of posts_post, whose author is that row of users_person, may be seen by this viewer.

    For a list of one viewer: the people who block them, or are blocked by them, are looked up once.
    """
    return f"{_without_blocks(viewer, post, author)} AND {author}.id NOT IN ({blocks_with(viewer)})"


def visible_to_each(viewer: str, post: str, author: str) -> str:
    """The same, where each row has a viewer of its own, an expression that is not null."""
    return f"{_without_blocks(viewer, post, author)} AND NOT {blocks_between(f'{author}.id', viewer)}"


def _without_blocks(viewer: str, post: str, author: str) -> str:
    return f"{standing(post, author)} AND {meant_for(viewer, post)}"


def follows(follower: str, followee: str) -> str:
    """A condition: the one follows the other."""
    return f"EXISTS (SELECT FROM follows_follow WHERE follower_id = {follower} AND followee_id = {followee})"


def followed_by(viewer: str) -> str:
    """A SELECT of the `id` of everyone this viewer follows."""
    return f"SELECT followee_id AS id FROM follows_follow WHERE follower_id = {viewer}"


def reachable(person: str, by: str) -> str:
    """A condition: the person with the id `person`, if any, lets `by` reply to them (socialapp.follows.reach)."""
    return f"""({person} IS NULL OR {person} = {by} OR EXISTS (
        SELECT FROM users_person WHERE id = {person}
         AND (reachable_by = '{Reachable.EVERYONE}' OR reachable_by = '{Reachable.FOLLOWING}' AND {follows(person, by)})
    ))"""


def one_of(codes: Iterable[str]) -> str:
    """The right side of IN, for codes of an enum: they are words, and ours."""
    return "('" + "', '".join(codes) + "')"
