"""The comments of a post in reading order, a page at a time."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from reactions.models import Comment
from reactions.queries import comments_of
from socialapp.http.keyset import Cursor, Page, paginate
from socialapp.users.queries import mentioned

THREAD_PAGE = 50
ORDER = ("root_id", "id")


@dataclass(frozen=True)
class Line:
    """A comment in its thread. `root_gone`: what the thread began with was deleted."""

    comment: Comment
    is_reply: bool
    root_gone: bool


def thread_page(post_id: int, token: str | None) -> Page[Line]:
    """Each comment is followed by the replies to it and to them. One query, and one for mentions. Raises BadCursor."""
    page = paginate(comments_of(post_id), ORDER, token, THREAD_PAGE)
    names = mentioned(comment.body for comment in page.items)
    lines: list[Line] = []
    # A page may begin in the middle of a thread: then its root is on the page before.
    root_id = page.items[0].root_id if page.items and page.previous else None
    for comment in page.items:
        comment.mentioned = names
        is_reply = comment.pk != comment.root_id
        lines.append(Line(comment, is_reply, is_reply and comment.root_id != root_id))
        root_id = comment.root_id
    return page.with_items(lines)


def answered_by(request: HttpRequest, post_id: int) -> Comment | None:
    """The comment that is being replied to; asked for only when there is one."""
    wanted = request.POST.get("reply_to") or request.GET.get("reply_to", "")
    if not wanted.isdecimal() or len(wanted) > 18:
        return None
    return comments_of(post_id).filter(pk=int(wanted)).first()


def place_of(comment: Comment, comments: int) -> str:
    """Where it is read: on a page of its own once the post has more than one page of `comments`."""
    query = f"?page={token_of_page_with(comment)}" if comments > THREAD_PAGE else ""
    return f"{reverse('posts:post', args=[comment.post_id])}{query}#comment-{comment.pk}"


def token_of_page_with(comment: Comment) -> str:
    """Of the page that begins with this comment."""
    return Cursor((comment.root_id, comment.pk - 1)).token()
