"""Posts that are held: stored, and seen only by their authors until a moderator has reviewed them.

The functions that settings.POST_SCREENINGS names are called for each new post and reply, and for each new text that an
edit gives one, and may hold it. A held post is a hidden one without a reason yet, so that no rule of visibility has to
know about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from socialapp.posts import galleries
from socialapp.posts.models import Post
from socialapp.users.models import Person


class Hold(Protocol):
    """What holds a post."""

    def begin(self, author: Person) -> None:
        """Take the locks that `note` needs: the first statement of the transaction that stores the post."""

    def note(self, post: Post) -> None:
        """Note that a post waits, which was just stored as hidden; one with `edited_at` was published before."""


@dataclass(frozen=True)
class Draft:
    """A post that is about to be stored; `names` are the usernames that it mentions.

    `post_id` is the post whose text this is to replace, 0 for a new one.
    """

    author: Person
    body: str
    names: Sequence[str]
    post_id: int = 0


def screened(draft: Draft, key: str = "") -> Hold | None:
    """What holds this post; None if nothing does, or if its author used the `key` before: then it is no new post."""
    for path in settings.POST_SCREENINGS:
        hold: Hold | None = import_string(path)(draft)
        if hold is not None:
            return None if is_known(draft.author, key) else hold
    return None


def screened_edit(draft: Draft) -> Hold | None:
    """What holds a post once this is its text, with the locks that `note` needs taken; None if that is its text now."""
    hold = screened(draft)
    if hold is None or Post.objects.filter(pk=draft.post_id, body=draft.body).exists():
        return None
    hold.begin(draft.author)
    return hold


def is_known(author: Person, key: str) -> bool:
    """Whether the author used this key before. The post that they answered may be gone since."""
    return bool(key) and Post.objects.filter(author=author, client_key=key).exists()


def keep_back(post: Post, hold: Hold) -> None:
    """Note that a post waits, which was just stored as hidden. Its pictures are withheld."""
    post.hidden_at = post.created_at
    galleries.withhold_pictures(post)
    hold.note(post)
