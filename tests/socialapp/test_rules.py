"""The rules about who may be seen: what SQL asks and what querysets ask is the same."""

from itertools import product

import pytest
from django.db import connection
from django.utils.timezone import now

from socialapp import sql
from socialapp.follows.models import Block, Follow
from socialapp.follows.queries import relations_among, without_blocked
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.people import new_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[Person]:
    """One in each state of an account."""
    made = [new_person(f"person{number}") for number in range(4)]
    for person, (suspended, deleted) in zip(made, product((None, now()), repeat=2), strict=True):
        Person.objects.filter(pk=person.pk).update(suspended_at=suspended, deleted_at=deleted)
    return made


def test_who_is_active_is_one_rule(people: list[Person]) -> None:
    found = ids(f"SELECT id FROM users_person AS person WHERE {sql.active('person')}")
    assert found == set(Person.objects.active().values_list("pk", flat=True)) == {people[0].pk}
    assert {id_ for person in people for id_ in ids(sql.acting(str(person.pk)))} == {people[0].pk}


def test_which_posts_may_be_seen_is_one_rule(people: list[Person]) -> None:
    for person, (deleted, hidden) in product(people, product((None, now()), repeat=2)):
        Post.objects.create(author=person, body="x", deleted_at=deleted, hidden_at=hidden)
    source = "posts_post AS post JOIN users_person AS author ON author.id = post.author_id"
    found = ids(f"SELECT post.id FROM {source} WHERE {sql.visible('post', 'author')}")
    assert found == set(Post.objects.visible().values_list("pk", flat=True))
    assert len(found) == 1


def test_who_blocks_and_who_follows_is_one_rule(ada: Person, bob: Person, charlie: Person) -> None:
    other = new_person("other")
    Block.objects.create(blocker=ada, blocked=bob)
    Block.objects.create(blocker=charlie, blocked=ada)
    Follow.objects.create(follower=ada, followee=other)
    for person in (ada, bob, charlie, other):
        Post.objects.create(author=person, body="x")
    assert ids(sql.blocks_with(str(ada.pk))) == {bob.pk, charlie.pk}
    shown = set(Post.objects.visible_to(ada.pk).values_list("author_id", flat=True))
    assert shown == {ada.pk, other.pk}
    assert set(without_blocked(Post.objects.all(), None, "author")) == set(Post.objects.all())
    follows = ids(f"SELECT id FROM users_person AS person WHERE {sql.follows(str(ada.pk), 'person.id')}")
    blocks = ids(f"SELECT id FROM users_person AS person WHERE {sql.blocked(str(ada.pk), 'person.id')}")
    found = relations_among(ada.pk, list(Person.objects.values_list("pk", flat=True)))
    assert (follows, blocks) == (found.follows, found.blocks)


def ids(statement: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {id_ for (id_,) in cursor.fetchall()}
