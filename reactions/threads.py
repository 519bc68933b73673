"""Context for rendering the conversation below a post."""

from typing import Any

from django.utils.translation import gettext as _

from reactions.forms import ReplyForm
from socialapp.posts.models import Post


def reply_context(post: Post, form: ReplyForm | None = None) -> dict[str, Any]:
    """Context of the form to reply to `post`: an empty form, or the one that was refused."""
    form = form or ReplyForm(auto_id=f"id_%s_{post.pk}")
    if post.thread is not None:
        form.fields["body"].widget.attrs["placeholder"] = _("Write a reply")
    return {"post": post, "form": form}
