"""The thread below a post."""

from typing import Any

from django import template
from django.template import Context

from reactions.forms import CommentForm
from reactions.threads import answered_by, thread_page
from socialapp.posts.models import Post

register = template.Library()


@register.inclusion_tag("reactions/thread.html", takes_context=True)
def comment_thread(context: Context, post: Post) -> dict[str, Any]:
    """Its comments, and the form for one more: empty, or as it was refused (`comment_form` in the context)."""
    request = context["request"]
    answered = answered_by(request, post.pk)
    form = context.get("comment_form") or CommentForm(initial={"reply_to": answered.pk if answered else None})
    page = thread_page(post.pk, request.GET.get("page"))
    return {
        "request": request,
        "here": context.get("here"),
        "user": request.user,
        "csrf_token": context.get("csrf_token"),
        "post": post,
        "page": page,
        "form": form,
        "answered": answered,
    }
