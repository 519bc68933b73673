"""Posts that are held: stored, and seen by their authors alone until a moderator had a look.

What settings.POST_SCREENINGS names is asked of each new post and reply, and may hold it. A post that is held is a
hidden one without a reason yet, so that no rule of who may see has to know of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from socialapp.posts import galleries
from socialapp.posts.models import Post
from socialapp.users.models import Person

# Notes that a post is held, in the transaction that stores it.
Hold = Callable[[Post], None]


@dataclass(frozen=True)
class Draft:
    """A post that is about to be stored; `names` are the usernames that it mentions."""

    author: Person
    body: str
    names: Sequence[str]


def screened(draft: Draft) -> Hold | None:
    """What holds this post; None if nothing does."""
    for path in settings.POST_SCREENINGS:
        hold: Hold | None = import_string(path)(draft)
        if hold is not None:
            return hold
    return None


def keep_back(post: Post, hold: Hold) -> None:
    """Note that a post waits, which was just stored as hidden. Its pictures are withheld."""
    post.hidden_at = post.created_at
    galleries.withhold_pictures(post)
    hold(post)
