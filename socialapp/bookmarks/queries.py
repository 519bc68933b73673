"""The posts that people saved."""

from collections.abc import Collection
from typing import Any

from socialapp.api.pagination import PAGE_SIZE, Page, paginate
from socialapp.bookmarks.models import Bookmark
from socialapp.posts.models import Post, visible_to
from socialapp.posts.queries import summarise


def bookmarks_of(person_id: int, token: str | None = None, size: int = PAGE_SIZE) -> Page[Post]:
    """A page of the visible posts that someone saved, latest saved first, with their summaries. Raises BadCursor."""
    kept = Bookmark.objects.select_related("post__author").filter(visible_to(person_id, "post"))
    page = paginate(kept.filter(person_id=person_id), ["-id"], token, size)
    return page.with_items(summarise([row.post for row in page.items], person_id))


def summaries(post_ids: Collection[int], viewer_id: int | None) -> dict[int, dict[str, Any]]:
    """{post id: bookmarked} of the posts that the viewer saved. One statement; none without an account."""
    if viewer_id is None or not post_ids:
        return {}
    kept = Bookmark.objects.filter(person_id=viewer_id, post_id__in=post_ids)
    return {post_id: {"bookmarked": True} for post_id in kept.values_list("post_id", flat=True)}
