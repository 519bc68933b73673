"""The pictures in posts: attach, describe, remove, and withhold them with their post."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from socialapp.media import operations as media
from socialapp.media.models import Kind, State
from socialapp.posts import sql
from socialapp.posts.guarded_pictures import guard
from socialapp.posts.models import PICTURES, Post, PostPicture
from socialapp.text.cleaning import line
from socialapp.users.models import Person
from socialapp.users.queries import is_active_until_commit
from socialapp.visibility import OPEN

WITHHELD_AT_ONCE = 1_000


@dataclass(frozen=True)
class Attachment:
    """A picture to put in a post, and its description."""

    picture_id: int
    description: str = ""


def pictures_of(post_id: int, viewer_id: int | None = None) -> list[PostPicture]:
    """The pictures of a post in order, each with its `picture`, at addresses for this viewer."""
    rows = list(PostPicture.objects.select_related("picture", "post").filter(post_id=post_id).order_by("position"))
    guard(rows, viewer_id)
    return rows


def summaries(post_ids: Collection[int], viewer_id: int | None) -> dict[int, dict[str, Any]]:
    """{post id: pictures}, in order. One query.

    Pictures that failed are shown to their author only, and to others where the post would be empty without.
    """
    found: dict[int, list[PostPicture]] = {post_id: [] for post_id in post_ids}
    failed: dict[int, list[PostPicture]] = {}
    shown = PostPicture.objects.select_related("picture", "post").defer("post__body")
    shown = shown.annotate(is_bare=Q(post__body=""))
    rows = list(shown.filter(post_id__in=post_ids).order_by("post_id", "position"))
    guard(rows, viewer_id)
    for row in rows:
        if row.picture.state != State.FAILED or row.picture.owner_id == viewer_id:
            found[row.post_id].append(row)
        elif row.is_bare:
            failed.setdefault(row.post_id, []).append(row)
    return {post_id: {"pictures": rows or failed.get(post_id, [])} for post_id, rows in found.items()}


def show_pictures(post: Post, viewer_id: int | None) -> Post:
    """Set the `summary` of a hidden post to its pictures alone: nothing else of it is counted or shown."""
    post.summary = summaries([post.pk], viewer_id)[post.pk]
    return post


def check(attachments: Sequence[Attachment]) -> None:
    """Raise ValidationError when there are too many, one is there twice, or a description is too long."""
    if len(attachments) > PICTURES:
        raise ValidationError({"pictures": [_("A post has up to %(count)d pictures.") % {"count": PICTURES}]})
    if len({each.picture_id for each in attachments}) < len(attachments):
        raise ValidationError({"pictures": [_("The same picture is there twice.")]})
    for each in attachments:
        try:
            PostPicture(description=each.description).clean_fields(exclude=["post", "picture", "position"])
        except ValidationError as error:
            raise ValidationError({"pictures": error.messages}) from error


def attach(post: Post, attachments: Sequence[Attachment]) -> None:
    """Put pictures in a new post, in this order. Raises ValidationError. Two statements; none without pictures."""
    if not attachments:
        return
    media.keep(owner_id=post.author_id, kind=Kind.POST, ids=[each.picture_id for each in attachments])
    PostPicture.objects.bulk_create(
        PostPicture(post=post, picture_id=each.picture_id, position=position, description=line(each.description))
        for position, each in enumerate(attachments)
    )
    if post.visibility not in OPEN:
        withhold_pictures(post)


def discard(author: Person, attachments: Sequence[Attachment]) -> None:
    """Release pictures that came with a repeated request, whose post exists already."""
    if attachments:
        media.discard(owner_id=author.pk, ids=[each.picture_id for each in attachments])


def update(post: Post, attachments: Sequence[Attachment] | None) -> tuple[bool, int]:
    """Change descriptions and remove pictures. Returns whether anything changed, and how many are left.

    Raises ValidationError for a picture that is not in the post.
    """
    hanging = {row.picture_id: row for row in pictures_of(post.pk)}
    if attachments is None:
        return False, len(hanging)
    check(attachments)
    wanted = {each.picture_id: line(each.description) for each in attachments}
    if strange := set(wanted) - set(hanging):
        raise ValidationError({"pictures": [_("No picture %(id)d is in this post.") % {"id": min(strange)}]})
    gone = [picture_id for picture_id in hanging if picture_id not in wanted]
    if gone:
        PostPicture.objects.filter(post=post, picture_id__in=gone).delete()
        media.release(gone)
    changed = [row for row in hanging.values() if wanted.get(row.picture_id, row.description) != row.description]
    for row in changed:
        PostPicture.objects.filter(pk=row.pk).update(description=wanted[row.picture_id])
    return bool(gone or changed), len(wanted)


def withhold_pictures(post: Post) -> None:
    """Withhold the pictures of a post that is not there or not for all, or give them back. Files move after commit."""
    is_active_until_commit(post.author_id)
    media.put_in_place_after_commit(_withhold("hung.post_id = %(of)s", post.pk))


def withhold_pictures_of(person_id: int) -> bool:
    """Withhold a batch of a suspended person's pictures and avatars, or give them back. True while more are left."""
    is_active_until_commit(person_id)
    return bool(_withhold("picture.owner_id = %(of)s", person_id))


def _withhold(which: str, of: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql.withhold(which), {"of": of, "limit": WITHHELD_AT_ONCE})
        return [picture_id for (picture_id,) in cursor.fetchall()]


def detach(post_ids: Collection[int]) -> None:
    """Release the pictures of posts that are about to be removed for good."""
    media.release(list(PostPicture.objects.filter(post_id__in=post_ids).values_list("picture_id", flat=True)))
