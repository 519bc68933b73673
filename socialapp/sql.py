"""SQL for the statements that are hot: the rules about who may be seen, each once, and statements planned once.

A rule is a condition about the names that a statement gives to its tables or columns. Everything else asks the
querysets, which have the same rules: `Person.objects.active()`, `Post.objects.visible()`, `without_blocked()`.
"""

import hashlib


class Prepared(str):
    """A statement with %(name)s in it; `types` are PostgreSQL's of each name.

    To any cursor it is the text that it is. One of `config.postgres` prepares it
    at first, and from then on says no more than EXECUTE and the values. One plan
    has to do for all values: it is made without a look at them.
    """

    __slots__ = ("execution", "preparation")

    preparation: str
    execution: str

    def __new__(cls, sql: str, **types: str) -> "Prepared":
        planned = super().__new__(cls, sql)
        # Of one text there is one plan, whoever says it.
        name = f"planned_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
        numbered = sql % {each: f"${number}" for number, each in enumerate(types, 1)}
        planned.preparation = f"PREPARE {name} ({', '.join(types.values())}) AS {numbered}"
        planned.execution = f"EXECUTE {name} ({', '.join(f'%({each})s' for each in types)})"
        return planned


def active(person: str) -> str:
    """This row of users_person is neither suspended nor deleted: they may act, and what they wrote may be seen."""
    return f"{person}.suspended_at IS NULL AND {person}.deleted_at IS NULL"


def shown(post: str) -> str:
    """This row of posts_post is neither deleted nor hidden. Whether its author may be seen is another question."""
    return f"{post}.deleted_at IS NULL AND {post}.hidden_at IS NULL"


def visible(post: str, author: str) -> str:
    """This row of posts_post, whose author is that row of users_person, may be seen by a stranger."""
    return f"{shown(post)} AND {active(author)}"


def acting(person: str) -> str:
    """A SELECT of `person`, an expression, if they may act, which stays so until the transaction ends.

    A suspension waits for it, and it for a suspension under way. The lock is the one that a foreign key takes anyhow.
    """
    return f"SELECT id FROM users_person WHERE id = {person} AND {active('users_person')} FOR KEY SHARE"


def blocked(blocker: str, person: str) -> str:
    """The one blocks the other."""
    return f"EXISTS (SELECT FROM follows_block WHERE blocker_id = {blocker} AND blocked_id = {person})"


def blocks_with(viewer: str) -> str:
    """A SELECT of the `id` of all who blocked this viewer or were blocked by them; of none for null.

    Lists do not show these people to the viewer, nor what they wrote.
    """
    return (
        f"SELECT blocked_id AS id FROM follows_block WHERE blocker_id = {viewer} "
        f"UNION ALL SELECT blocker_id FROM follows_block WHERE blocked_id = {viewer}"
    )


def follows(follower: str, followee: str) -> str:
    """The one follows the other."""
    return f"EXISTS (SELECT FROM follows_follow WHERE follower_id = {follower} AND followee_id = {followee})"
