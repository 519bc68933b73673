"""The conversation below a post."""

from typing import Any

from django import template
from django.template import Context

from reactions.threads import reply_context
from socialapp.posts.conversations import branches
from socialapp.posts.models import Post

register = template.Library()


@register.inclusion_tag("reactions/thread.html", takes_context=True)
def conversation(context: Context, post: Post) -> dict[str, Any]:
    """Its replies, and the form for one more: empty, or as it was refused (`comment_form` in the context)."""
    request = context["request"]
    return reply_context(post, context["user"], context.get("comment_form")) | {
        "request": request,
        "here": context.get("here"),
        "user": request.user,
        "csrf_token": context.get("csrf_token"),
        "page": branches(post, request.GET.get("page"), request.user.pk),
        "beginner_id": context.get("beginner_id"),
    }
