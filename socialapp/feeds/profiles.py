"""A person's profile, with its counts."""

from dataclasses import dataclass

from socialapp.counters.queries import counts
from socialapp.follows.queries import FOLLOWERS, FOLLOWING, moved_to, relations_among, shut_out_among
from socialapp.posts.sql import POSTS_OF_PERSON
from socialapp.users.models import Person


@dataclass(frozen=True)
class Profile:
    """A profile. `is_followed`: the viewer follows this person; `is_requested`: asked to; `is_blocked`: blocks them.

    `moved_to` is the account to which this person moved, if the viewer may see it.
    """

    person: Person
    posts: int
    followers: int
    following: int
    is_followed: bool
    is_requested: bool
    is_blocked: bool
    moved_to: Person | None


def profile_of(person: Person, viewer_id: int | None) -> Profile:
    """The profile of a person for this viewer, with the counts that its lists have. Five queries, or two."""
    found = counts([POSTS_OF_PERSON, FOLLOWERS, FOLLOWING], [person.pk])
    posts, followers, following = (found.get((name, person.pk), 0) for name in (POSTS_OF_PERSON, FOLLOWERS, FOLLOWING))
    unseen_followers, unseen_following = shut_out_among(person.pk, viewer_id)
    theirs = relations_among(viewer_id, [person.pk])
    return Profile(
        person,
        posts,
        max(followers - unseen_followers, 0),
        max(following - unseen_following, 0),
        is_followed=bool(theirs.follows),
        is_requested=bool(theirs.asked),
        is_blocked=bool(theirs.blocks),
        moved_to=moved_to(person, viewer_id),
    )
