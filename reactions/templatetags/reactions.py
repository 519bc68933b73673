"""The thread below a post."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context

from reactions.forms import CommentForm
from reactions.models import Comment
from reactions.queries import comments_of
from reactions.threads import thread_page
from socialapp.posts.models import Post

register = template.Library()


@register.inclusion_tag("reactions/thread.html", takes_context=True)
def comment_thread(context: Context, post: Post) -> dict[str, Any]:
    """Its comments, and the form for one more: empty, or as it was refused (`comment_form` in the context)."""
    request = context["request"]
    answered = _answered(request, post)
    form = context.get("comment_form") or CommentForm(initial={"reply_to": answered.pk if answered else None})
    page = thread_page(post.pk, request.GET.get("page"))
    return {
        "request": request,
        "user": request.user,
        "csrf_token": context.get("csrf_token"),
        "post": post,
        "page": page,
        "form": form,
        "answered": answered,
    }


def _answered(request: HttpRequest, post: Post) -> Comment | None:
    """The comment that is replied to; asked for only when there is one."""
    wanted = request.POST.get("reply_to") or request.GET.get("reply_to", "")
    if not wanted.isdecimal() or len(wanted) > 18:
        return None
    return comments_of(post.pk).filter(pk=int(wanted)).first()
