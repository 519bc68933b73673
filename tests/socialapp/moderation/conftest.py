"""The people of moderation: Mona and Max moderate; Ada is reported by Bob."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Group

from socialapp.moderation.models import Rule, SpamRules
from socialapp.moderation.operations.reports import report
from socialapp.moderation.roles import GROUP, make_group
from socialapp.moderation.signals import know
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.people import new_person


def moderator_named(username: str) -> Person:
    """Somebody with the role."""
    person = new_person(username)
    make_group()  # a database that was flushed has no group
    person.groups.add(Group.objects.get(name=GROUP))
    return Person.objects.get(pk=person.pk)


@pytest.fixture
def mona(db: None) -> Person:
    """Who moderates."""
    return moderator_named("mona")


@pytest.fixture
def max_(db: None) -> Person:
    """Another who moderates."""
    return moderator_named("max")


@pytest.fixture
def rule(db: None) -> Rule:
    """A rule of the site."""
    return Rule.objects.create(title="Be kind", text="Always.")


@pytest.fixture
def reported(ada: Person, bob: Person, post: Post) -> Callable[..., int]:
    """Have Bob report Ada's post; returns the case."""

    def make(by: Person = bob, **more: object) -> int:
        values = {"category": "abuse", "words": "He is rude", "post_ids": [post.pk], **more}
        return report(reporter=by, person=ada, **values)[0].case_id  # type: ignore[arg-type]

    return make


@pytest.fixture
def rules(db: None) -> Iterator[SpamRules]:
    """Spam signals are on: two signals hold a post."""
    made = SpamRules(is_on=True)
    know(made, for_s=3600)
    yield made
    know(SpamRules(), for_s=3600)
