"""A person's profile, with its counts."""

from dataclasses import dataclass

from socialapp.counters.queries import counts
from socialapp.follows.queries import FOLLOWERS, FOLLOWING, relations_among
from socialapp.posts.sql import POSTS_OF_PERSON
from socialapp.users.models import Person


@dataclass(frozen=True)
class Profile:
    """A profile. `is_followed`: the viewer follows this person; `is_requested`: they asked to."""

    person: Person
    posts: int
    followers: int
    following: int
    is_followed: bool
    is_requested: bool


def profile_of(person: Person, viewer_id: int | None) -> Profile:
    """The profile of a person for this viewer. Two queries, one without an account."""
    found = counts([POSTS_OF_PERSON, FOLLOWERS, FOLLOWING], [person.pk])
    posts, followers, following = (found.get((name, person.pk), 0) for name in (POSTS_OF_PERSON, FOLLOWERS, FOLLOWING))
    theirs = relations_among(viewer_id, [person.pk])
    return Profile(person, posts, followers, following, bool(theirs.follows), bool(theirs.asked))
