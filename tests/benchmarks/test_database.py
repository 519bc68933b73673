"""Benches of many rows: what they make is what the product makes, and what they cost is measured without a trace."""

import time
from typing import Any

import pytest
from django.db import connection

from benchmarks.database import drain, likes, many, reading
from benchmarks.database.seed import READER, Range, grow
from benchmarks.database.timed import cost_of
from benchmarks.database.truth import arrivals
from notifications.history.audit import audit
from notifications.inbox.reading import mark_all_read
from notifications.models import GroupMember, NotificationGroup, ReadMark
from reactions.operations import like
from socialapp.follows.models import Follow
from socialapp.messaging.consumer import consume as drain_all
from socialapp.messaging.models import OutboxMessage
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.people import new_person


def database_url() -> str:
    known = connection.settings_dict
    return f"postgres://{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}/{known['NAME']}"


class Asked:
    """The tests' own database, in the place of a product's."""

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())


@pytest.fixture
def grown(transactional_db: None) -> None:
    """Twice, as a bench does."""
    grow(database_url(), Range(1, 200))
    grow(database_url(), Range(201, 600))


def test_what_is_made_is_as_the_product_would_have_made_it(grown: None) -> None:
    assert Post.objects.count() == 600
    assert NotificationGroup.objects.filter(recipient_id=READER).count() == 600
    assert Follow.objects.filter(followee__username="star").count() == 600
    findings = audit()
    assert findings.is_well
    assert findings.delivered == findings.accepted == GroupMember.objects.count()


def test_reads_are_measured_and_leave_no_trace(grown: None) -> None:
    found = reading.costs(rounds=1)
    assert {"inbox, first page", "badge, all read", "home, page in the middle"} < set(found)
    assert all(cost["execution_ms"] > 0 and cost["statements"] for cost in found.values())
    assert GroupMember.objects.count() == audit().delivered
    cost_of(lambda: mark_all_read(person_id=READER), rounds=1)
    mark = ReadMark.objects.get(person_id=READER)
    assert mark.seq == 0  # undone by `costs`, and rolled back by `cost_of`


@pytest.mark.django_db
def test_a_backlog_is_what_single_likes_leave(post: Post, bob: Person) -> None:
    like(person_id=bob.pk, post_id=post.pk)
    by_itself = OutboxMessage.objects.get()
    drain_all()
    author, others = new_person("p1"), [new_person(f"d{n}") for n in range(3)]
    liked = Post.objects.create(author=author, body="Hello")
    assert likes.store(3, first=1, posts=1, lap=0) == 3
    stored = list(OutboxMessage.objects.order_by("pk"))
    assert {row.name for row in stored} == {by_itself.name}
    assert {row.shard for row in stored} == {author.pk % 64}
    assert [row.body.keys() for row in stored] == [by_itself.body.keys()] * 3
    assert {row.body["actor_id"] for row in stored} == {person.pk for person in others}
    drain_all()
    assert NotificationGroup.objects.get(post=liked).count == 3
    assert audit().is_well


def test_goals_are_held_against_what_was_measured() -> None:
    cost = {"execution_ms": 1.0, "planning_ms": 0.5, "statements": 2}
    few = many.Measured(
        {"badge, all read": cost, "told of one more activity": cost, "home, first page": cost}, 10.0, 10.0, 0.5
    )
    slow = {name: {**each, "execution_ms": 3.0} for name, each in few.reads.items()}
    figures = {figure.name: figure for figure in many._figures(few, many.Measured(slow, 11.0, 10.0, 0.6))}
    assert figures["badge, all read: database time"].met
    assert not figures["badge, all read: at 10 × the rows"].met
    assert not figures["home, first page: database time at 10 × the rows"].met
    assert "home, first page: at 10 × the rows" not in figures  # it may grow, up to its time
    assert figures["told of one more activity: database time"].met is None
    assert figures["post to all followers ÷ post to two"].met


def test_the_time_of_each_at_ten_times_the_backlog_is_the_inverse_of_its_rate() -> None:
    found = {f"{drain.SPREAD.name}, 1": [20_000.0, 24_000.0, 22_000.0], f"{drain.SPREAD.name}, 10": [11_000.0]}
    rate, growth = drain._figures((drain.SPREAD,), found)
    assert (rate.value, rate.met, rate.spread) == (22_000, True, (20_000, 24_000))
    assert (growth.value, growth.met) == (2, False)


@pytest.mark.django_db(transaction=True)
def test_arrivals_are_those_since_a_time(post: Post, bob: Person, charlie: Person) -> None:
    like(person_id=bob.pk, post_id=post.pk)
    drain_all()
    since = time.time()
    like(person_id=charlie.pk, post_id=post.pk)
    drain_all()
    found = arrivals(Asked(), since)  # type: ignore[arg-type]
    assert found.number == 1
    assert since <= found.first_accepted_at <= found.last_at <= time.time()
