"""Save a post and remove it from the bookmarks. Each may be repeated."""

from django.db import connection

from socialapp.bookmarks import sql
from socialapp.bookmarks.models import Bookmark
from socialapp.posts.models import Post
from socialapp.posts.operations import or_gone

PURGE_BATCH = 1_000


def save(*, person_id: int, post_id: int) -> bool:
    """Save a post. Returns True the first time. Raises Post.DoesNotExist. One statement."""
    with or_gone(), connection.cursor() as cursor:
        cursor.execute(sql.SAVE, {"person": person_id, "post": post_id})
        post_exists, added = cursor.fetchone()
    if not post_exists:
        raise Post.DoesNotExist("There is no such post, or it may not be seen.")
    return bool(added)


def unsave(*, person_id: int, post_id: int) -> bool:
    """Remove a bookmark. Returns whether there was one."""
    return bool(Bookmark.objects.filter(person_id=person_id, post_id=post_id).delete()[0])


def remove_bookmarks_of(person_id: int) -> bool:
    """Remove a batch of someone's bookmarks. True while there may be more."""
    kept = Bookmark.objects.filter(person_id=person_id)
    return bool(kept.filter(pk__in=list(kept.values_list("pk", flat=True)[:PURGE_BATCH])).delete()[0])
