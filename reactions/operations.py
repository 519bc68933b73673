"""React, and take it back. Each may be repeated; each is one statement, and is stored when it returns.

What changes a comment locks it first, because a comment mentions people, and an edit changes whom.
"""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from reactions import statements
from reactions.models import Comment, Like, Mention, Share
from reactions.queries import visible_comment, visible_comments
from socialapp.http.keys import KEY_LENGTH, check_repetition, digest_of
from socialapp.http.writing import is_seen
from socialapp.messaging import outbox, wakeups
from socialapp.planned import Planned
from socialapp.posts.models import Post
from socialapp.users.models import Person
from socialapp.users.queries import is_active_until_commit
from socialapp.users.words import names_in

PURGE_BATCH = 1_000
SETTLED_AT_ONCE = 2_000

_ONE = {"post": "bigint", "person": "bigint"}
_LIKE = Planned(statements.add("reactions_like", "like"), **_ONE)
_SHARE = Planned(statements.add("reactions_share", "share"), **_ONE)
_UNLIKE = Planned(statements.remove("reactions_like", "like", statements.ONE), **_ONE)
_UNSHARE = Planned(statements.remove("reactions_share", "share", statements.ONE), **_ONE)
_UNLIKE_MANY = statements.remove("reactions_like", "like", "id = ANY(%(ids)s)")
_UNSHARE_MANY = statements.remove("reactions_share", "share", "id = ANY(%(ids)s)")


def like(*, post_id: int, person_id: int) -> bool:
    """True the first time. Raises Post.DoesNotExist."""
    return _add(_LIKE, post_id, person_id)


def unlike(*, post_id: int, person_id: int) -> bool:
    """True when there was a like to take back. Raises nothing: what is gone is not liked."""
    return _remove(_UNLIKE, post=post_id, person=person_id)


def share(*, post_id: int, person_id: int) -> bool:
    """True the first time. Raises Post.DoesNotExist."""
    return _add(_SHARE, post_id, person_id)


def unshare(*, post_id: int, person_id: int) -> bool:
    """True when there was a share to take back. Raises nothing: what is gone is not shared."""
    return _remove(_UNSHARE, post=post_id, person=person_id)


def comment(
    *, post_id: int, author: Person, body: str, reply_to_id: int | None = None, key: str = ""
) -> tuple[Comment, bool]:
    """The comment, and whether it is new: with the `key` of an earlier one, that one.

    Raises Post.DoesNotExist, ValidationError (also when `reply_to_id` is no visible comment below the post), KeyReused,
    KeyOutlived.
    """
    body = _clean(body)
    digest = digest_of(post_id, reply_to_id, body)
    row = {"post": post_id, "person": author.pk, "body": body, "reply_to": reply_to_id}
    row |= {"key": key[:KEY_LENGTH], "digest": digest}
    post_exists, target_exists, comment_id, is_told = _execute(statements.ADD_COMMENT, **row, names=names_in(body))
    if not post_exists:
        raise Post.DoesNotExist("There is no such post, or it may not be seen.")
    if reply_to_id is not None and not target_exists:
        raise ValidationError({"reply_to": [_("The comment you reply to is gone, or belongs to another post.")]})
    if comment_id is None:
        earlier = Comment.objects.select_related("author").get(author=author, client_key=row["key"])
        is_gone = bool(earlier.deleted_at or earlier.hidden_at)
        check_repetition(known=earlier.client_digest, digest=digest, is_gone=is_gone)
        return earlier, False
    _ring(is_told, post_id)
    return Comment.objects.select_related("author", "reply_to__author").get(pk=comment_id), True


@transaction.atomic
def edit_comment(*, comment_id: int, by: Person, body: str) -> Comment:
    """Raises Comment.DoesNotExist, PermissionDenied, ValidationError."""
    found = visible_comments().select_for_update(of=("self",), no_key=True).get(pk=comment_id)
    _check_author(found, by)
    body = _clean(body)
    if body != found.body:
        _name(found, body)
        Comment.objects.filter(pk=comment_id).update(body=body, edited_at=Now())
        found.refresh_from_db(fields=["body", "edited_at"])
    return found


def delete_comment(*, comment_id: int, by: Person) -> None:
    """Its replies stay. Raises Comment.DoesNotExist, PermissionDenied."""
    found = visible_comment(comment_id)
    _check_author(found, by)
    _change(statements.DELETE, [comment_id], post=found.post_id)


@transaction.atomic
def restore_comment(*, comment_id: int, by: Person) -> Comment:
    """Undo of delete_comment. Who was told of it is not told again. Raises Comment.DoesNotExist, PermissionDenied."""
    found = Comment.objects.get(pk=comment_id)
    _check_author(found, by)
    _change(statements.RESTORE, [comment_id], post=found.post_id)
    return visible_comment(comment_id)


def hide_comment(*, comment_id: int, reason: str) -> None:
    """Nobody sees it, and it does not count, until `unhide_comment`."""
    _change(statements.HIDE, [comment_id], reason=reason)


def unhide_comment(*, comment_id: int) -> None:
    """As if it had not been hidden."""
    _change(statements.UNHIDE, [comment_id])


@transaction.atomic
def remove_reactions_of(person_id: int) -> bool:
    """Take back a batch of all that someone did. True while there may be more."""
    removed = False
    for model, statement in ((Like, _UNLIKE_MANY), (Share, _UNSHARE_MANY)):
        rows = model.objects.filter(person_id=person_id).order_by("pk")
        removed |= _remove(statement, ids=list(rows.values_list("pk", flat=True)[:PURGE_BATCH]))
    comments = Comment.objects.filter(author_id=person_id, deleted_at=None).order_by("pk")
    removed |= _change(statements.ERASE, list(comments.values_list("pk", flat=True)[:PURGE_BATCH]))
    named = Mention.objects.filter(person_id=person_id)
    removed |= bool(named.filter(pk__in=list(named.values_list("pk", flat=True)[:PURGE_BATCH])).delete()[0])
    return removed


@transaction.atomic
def settle_reactions_of(person_id: int) -> bool:
    """Count a batch of what someone did again, or no longer, as it may be seen. True while more is left."""
    uncounted = None if is_active_until_commit(person_id) else True
    settled = False
    for rows, statement in (
        (Like.objects.filter(person_id=person_id).order_by("post_id"), statements.SETTLE_LIKES),
        (Share.objects.filter(person_id=person_id).order_by("post_id"), statements.SETTLE_SHARES),
        (Comment.objects.filter(author_id=person_id).order_by("-pk"), statements.SETTLE_COMMENTS),
    ):
        unsettled = rows.filter(uncounted__isnull=bool(uncounted)).select_for_update(no_key=True)
        if ids := list(unsettled.values_list("pk", flat=True)[:SETTLED_AT_ONCE]):
            with connection.cursor() as cursor:
                cursor.execute(statement, {"ids": ids, "uncounted": uncounted})
            settled = True
    return settled


def _add(statement: str, post_id: int, person_id: int) -> bool:
    post_exists, added, is_told = _execute(statement, post=post_id, person=person_id)
    if not post_exists:
        raise Post.DoesNotExist("There is no such post, or it may not be seen.")
    if added:
        _ring(is_told, post_id)
    return bool(added)


def _remove(statement: str, **values: Any) -> bool:
    removed, is_told = _execute(statement, **values)
    if removed:
        _ring(is_told, values.get("post"))
    return bool(removed)


@transaction.atomic
def _change(statement: str, ids: list[int], **values: Any) -> bool:
    """Locks the comments first, so that the statement sees all that an edit under way says of them."""
    list(Comment.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return _remove(statement, ids=ids, **values)


def _name(found: Comment, body: str) -> None:
    """Whom `body` mentions, when the comment says that from now on."""
    names = names_in(body)
    if names or names_in(found.body):
        told = _execute(statements.NAME, comment=found.pk, person=found.author_id, names=names)[0]
        _ring(told, None)


def _ring(is_told: bool, post_id: int | None) -> None:
    """Who hears the message tells the counts, too; what one does to one's own post makes none."""
    if is_told:
        outbox.ring_after_commit()
    elif post_id is not None:
        wakeups.wake(counts=[post_id])


def _execute(statement: str, **values: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


def _clean(body: str) -> str:
    if not is_seen(body):
        raise ValidationError({"body": [_("Write something first.")]})
    comment = Comment(body=body)
    comment.clean_fields(exclude=[field.name for field in Comment._meta.fields if field.name != "body"])
    return comment.body


def _check_author(found: Comment, person: Person) -> None:
    if found.author_id != person.pk:
        raise PermissionDenied(_("This comment is not yours."))
