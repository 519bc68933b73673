"""React and take it back. Each may be repeated, is one SQL statement, and is stored when it returns."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from reactions import sql
from reactions.models import Like, Share
from socialapp.api.idempotency import check_repetition, digest_of
from socialapp.follows.reach import NotReachable, check_mentions, first_unreachable
from socialapp.group_commit import PATIENCE, GroupCommit
from socialapp.limits import operations as limits
from socialapp.messaging import live_updates, outbox
from socialapp.messaging.messages import ActivityKind
from socialapp.posts import galleries
from socialapp.posts.conversations import beginner_of
from socialapp.posts.framing import PLAIN, Framing, TooWide
from socialapp.posts.galleries import Attachment
from socialapp.posts.models import Post
from socialapp.posts.operations import check_limits, clean_body, count_limits, or_gone, storing, unsaved, values_of
from socialapp.posts.screening import Draft, is_known, keep_back, screened
from socialapp.posts.sql import FRAMING_TYPES
from socialapp.sql import Prepared
from socialapp.users.models import Person
from socialapp.users.queries import UncheckedToken, is_active_until_commit, token_of
from socialapp.users.text_entities import names_in, tags_in
from socialapp.visibility import OPEN, Visibility
from socialapp.web import request_ids

PURGE_BATCH = 1_000
SETTLED_AT_ONCE = 2_000

# The post, a person or the digest of a token, and the id of the request.
Reaction = tuple[int, int | None, str | None, str]
_MANY = {"posts": "bigint[]", "people": "bigint[]", "digests": "text[]", "requests": "text[]"}
_LIKE = Prepared(sql.add("reactions_like", ActivityKind.LIKE), **_MANY)
_SHARE = Prepared(sql.add("reactions_share", ActivityKind.SHARE, sql.ANYBODYS), **_MANY)
_ONE = {"post": "bigint", "person": "bigint", "request_id": "text"}
_TEXT = {"body": "text", "key": "text", "digest": "text", "tags": "text[]", "names": "text[]"}
_REPLY = Prepared(sql.ADD_REPLY, **_ONE, author="bigint", **_TEXT, **FRAMING_TYPES, gives_way="boolean", held="boolean")
_UNLIKE = Prepared(sql.remove("reactions_like", ActivityKind.LIKE, sql.ONE), **_ONE)
_UNSHARE = Prepared(sql.remove("reactions_share", ActivityKind.SHARE, sql.ONE), **_ONE)
_UNLIKE_MANY = sql.remove("reactions_like", ActivityKind.LIKE, "id = ANY(%(ids)s)")
_UNSHARE_MANY = sql.remove("reactions_share", ActivityKind.SHARE, "id = ANY(%(ids)s)")


def like(*, post_id: int, person_id: int | None = None, digest: str | None = None) -> bool:
    """Like a post, as a person or as the owner of a token, by its digest. Returns True the first time.

    Raises Post.DoesNotExist, LimitExceeded. Raises UncheckedToken when the token is unknown, used for the first time
    today, or its person may not act.
    """
    return _add("likes", _likes, (post_id, person_id, digest, request_ids.current.get()))


def unlike(*, post_id: int, person_id: int) -> bool:
    """Take back a like. Returns whether there was one."""
    return _remove(_UNLIKE, post=post_id, person=person_id)


def share(*, post_id: int, person_id: int | None = None, digest: str | None = None) -> bool:
    """Share a post, as `like` likes it. Returns True the first time.

    Raises Post.DoesNotExist, LimitExceeded, UncheckedToken, and ValidationError for a post that is not open to all.
    """
    try:
        return _add("shares", _shares, (post_id, person_id, digest, request_ids.current.get()))
    except Post.DoesNotExist:
        _refuse_to_widen(post_id, person_id, digest)
        raise


def unshare(*, post_id: int, person_id: int) -> bool:
    """Take back a share. Returns whether there was one."""
    return _remove(_UNSHARE, post=post_id, person=person_id)


def comment(
    *,
    post_id: int,
    author: Person,
    body: str,
    key: str = "",
    digest: str = "",
    pictures: Sequence[Attachment] = (),
    framing: Framing = PLAIN,
) -> tuple[Post, bool]:
    """Reply to a post. Returns the reply, and whether it is new: with the `key` of an earlier one, it is that one.

    `digest` is of all that came with the key, by default of the post and the text. Without a visibility, the reply is
    as its author's posts are, or for as many as what it answers, if these are fewer. What a screening holds `waits`, as
    in `publish_post`. Raises Post.DoesNotExist, NotReachable, TooWide, and as `publish_post`.
    """
    body, framing = clean_body(body, bare=not pictures), framing.cleaned()
    galleries.check(pictures)
    reply = unsaved(author, body, framing, key=key, digest=digest or digest_of(post_id, body), reply_to_id=post_id)
    names, key = names_in(body), reply.client_key
    check_limits("replies", author, len(names), key)
    if names and not is_known(author, key):
        check_mentions(author.pk, names)
    hold = screened(Draft(author, body, names), key)
    named = {"tags": [], "names": []} if hold else {"tags": tags_in(body), "names": names}
    row = values_of(reply) | named | {"gives_way": framing.visibility is None, "held": hold is not None}
    with storing(author, hold, has_more=bool(pictures)):
        *checks, reply_id, to, thread, at, notified, counted = _execute(_REPLY, **row, post=post_id, person=author.pk)
        if reply_id is None and is_known(author, key):
            return _earlier(reply, pictures), False
        reply.visibility = _checked(post_id, author, *checks)
        reply.pk, reply.reply_to_author, reply.thread, reply.created_at = reply_id, to, thread, at
        galleries.attach(reply, pictures)
        if hold:
            keep_back(reply, hold)
        else:
            _announce(notified, None if counted else post_id)
        count_limits("replies", author, len(names))
    return reply, True


def _checked(
    post_id: int, author: Person, post_exists: bool, is_reachable: bool, audience: Visibility | None
) -> Visibility:
    """The visibility that the reply has. Raises Post.DoesNotExist, NotReachable, TooWide."""
    if not post_exists:
        raise Post.DoesNotExist("There is no such post, or it may not be seen.")
    if not is_reachable:
        raise not_reachable(post_id, author)
    if audience is None:
        raise TooWide
    return audience


def not_reachable(post_id: int, author: Person) -> NotReachable:
    """The error of a reply to somebody who does not let this author reply to them."""
    post = Post.objects.get(pk=post_id)
    return NotReachable(first_unreachable(author.pk, [post.author_id, beginner_of(post)]) or post.author)


def announce_replies(reply_ids: Collection[int], *, stands: bool) -> None:
    """Count these replies and notify of them, or no longer, when they came back or disappeared. Called by posts."""
    with connection.cursor() as cursor:
        ids = {"ids": list(reply_ids)}
        cursor.execute(sql.APPEARED if stands else sql.DISAPPEARED, ids | outbox.request())
        is_notified = cursor.fetchone()[0]
    answered = Post.objects.filter(pk__in=reply_ids).values_list("reply_to", flat=True)
    live_updates.publish(counts={post_id for post_id in answered if post_id})
    if is_notified:
        outbox.wake_workers_after_commit()


@transaction.atomic
def remove_reactions_of(person_id: int) -> bool:
    """Take back a batch of someone's reactions. True while there may be more."""
    removed = False
    for model, statement in ((Like, _UNLIKE_MANY), (Share, _UNSHARE_MANY)):
        rows = model.objects.filter(person_id=person_id).order_by("pk")
        removed |= _remove(statement, ids=list(rows.values_list("pk", flat=True)[:PURGE_BATCH]))
    return removed


@transaction.atomic
def settle_reactions_of(person_id: int) -> bool:
    """Count a batch of someone's reactions again, or no longer, as the person is visible. True while more are left."""
    uncounted = None if is_active_until_commit(person_id) else True
    settled = False
    for rows, statement in (
        (Like.objects.filter(person_id=person_id).order_by("post_id"), sql.SETTLE_LIKES),
        (Share.objects.filter(person_id=person_id).order_by("post_id"), sql.SETTLE_SHARES),
        (Post.objects.filter(author_id=person_id, reply_to__isnull=False).order_by("pk"), sql.SETTLE_REPLIES),
    ):
        unsettled = rows.filter(uncounted__isnull=bool(uncounted)).select_for_update(no_key=True)
        if ids := list(unsettled.values_list("pk", flat=True)[:SETTLED_AT_ONCE]):
            with connection.cursor() as cursor:
                cursor.execute(statement, {"ids": ids, "uncounted": uncounted})
            settled = True
    return settled


def _add(kind: str, commits: GroupCommit[Reaction], reaction: Reaction) -> bool:
    post_id, person_id, digest, _request_id = reaction
    # A token is known here once it has been used; its person is what counts.
    if known_id := person_id or _owners.get(digest or ""):
        limits.check(kind, known_id)
    actor_id, post_exists, is_new, is_notified = commits.store(reaction)
    if digest is not None:
        if not actor_id:
            raise UncheckedToken
        if not known_id:
            _remember_owner(digest, actor_id)
    if not post_exists:
        raise Post.DoesNotExist("There is no such post, or it may not be seen.")
    if is_new:
        limits.count(kind, actor_id)
        _announce(is_notified, None if is_notified else post_id)
    return bool(is_new)


def _remember_owner(digest: str, person_id: int) -> None:
    if len(_owners) >= limits.MOST_KNOWN:
        _owners.clear()
    _owners[digest] = person_id


def _store_batch(statement: Prepared, reactions: Sequence[Reaction]) -> list[tuple[Any, ...]]:
    columns = dict(zip(_MANY, map(list, zip(*reactions, strict=True)), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(statement, columns)
        answers: list[tuple[Any, ...]] = cursor.fetchall()
        return answers


def _store_alone(statement: Prepared, reaction: Reaction) -> tuple[Any, ...]:
    with or_gone():
        return _store_batch(statement, [reaction])[0]


# The owners of tokens, by digest: an owner never changes.
_owners: dict[str, int] = {}
_likes = GroupCommit(partial(_store_batch, _LIKE.after(PATIENCE)), partial(_store_alone, _LIKE))
_shares = GroupCommit(partial(_store_batch, _SHARE.after(PATIENCE)), partial(_store_alone, _SHARE))


def _refuse_to_widen(post_id: int, person_id: int | None, digest: str | None) -> None:
    """Explain that a post cannot be shared, to somebody who may see it. Raises ValidationError."""
    token = token_of(digest) if digest is not None else None
    sharer_id = token.person_id if token else person_id
    if sharer_id and Post.objects.visible_to(sharer_id).filter(pk=post_id).exclude(visibility__in=OPEN).exists():
        raise ValidationError(_("This post is not for everybody, so it cannot be shared."))


def _remove(statement: str, **values: Any) -> bool:
    removed, is_notified = _execute(statement, **values)
    if removed:
        _announce(is_notified, None if is_notified else values.get("post"))
    return bool(removed)


def _earlier(reply: Post, pictures: Sequence[Attachment]) -> Post:
    """The reply that was sent with this key before. Raises KeyReused, KeyOutlived."""
    earlier = Post.objects.select_related("author").get(author=reply.author, client_key=reply.client_key)
    check_repetition(known=earlier.client_digest, digest=reply.client_digest, is_gone=earlier.is_gone)
    galleries.discard(reply.author, pictures)
    return earlier


def _announce(is_notified: bool, post_id: int | None) -> None:
    """Wake workers, and publish the counts of a post that no message will: those of a reaction to one's own post."""
    if is_notified:
        outbox.wake_workers_after_commit()
    if post_id is not None:
        live_updates.publish(counts=[post_id])


def _execute(statement: str, **values: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values | outbox.request())
        row: tuple[Any, ...] = cursor.fetchone()
    return row
