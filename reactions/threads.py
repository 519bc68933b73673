"""Context for rendering the conversation below a post."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from reactions.forms import ReplyForm
from socialapp.follows.reach import first_unreachable, sentence_of
from socialapp.posts.conversations import beginner_of
from socialapp.posts.models import Post
from socialapp.users.models import Person
from socialapp.visibility import Reachable


def reply_context(post: Post, writer: Person | AnonymousUser, form: ReplyForm | None = None) -> dict[str, Any]:
    """Context of the form in which `writer` replies to `post`: an empty form, or the one that was refused."""
    form = form or ReplyForm(auto_id=f"id_%s_{post.pk}")
    if isinstance(writer, Person):
        form.for_writer(writer, answers=post)
    if post.thread is not None:
        form.fields["body"].widget.attrs["placeholder"] = _("Write a reply")
    return {"post": post, "form": form, "closed": _closed(post, writer)}


def _closed(post: Post, writer: Person | AnonymousUser) -> str:
    """Why the writer may not reply, or "". No query if the post begins a thread and its author accepts all replies."""
    if not isinstance(writer, Person) or (post.thread is None and post.author.reachable_by == Reachable.EVERYONE):
        return ""
    person = first_unreachable(writer.pk, [post.author_id, beginner_of(post)])
    return sentence_of(person) if person else ""
