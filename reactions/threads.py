"""What the conversation below a post is rendered with."""

from typing import Any

from reactions.forms import ReplyForm
from socialapp.posts.models import Post


def reply_context(post: Post, form: ReplyForm | None = None, *, focused: bool = False) -> dict[str, Any]:
    """What the form to reply to `post` needs: an empty one, or one as it was refused."""
    return {"post": post, "form": form or ReplyForm(auto_id=f"id_%s_{post.pk}"), "focused": focused}


def beginner_of(post: Post) -> int | None:
    """Who began the conversation that the post is part of; None when that post was removed for good."""
    if post.thread is None:
        return post.author_id
    return Post.objects.filter(pk=post.thread).values_list("author_id", flat=True).first()
