"""The two ways to the newest rows of a feed: among all that anybody posted, and person by person."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from reactions.models import Share
from reactions.queries import SHARED
from socialapp.api.pagination import PAGE_SIZE, Cursor, Page
from socialapp.feeds import sql as module
from socialapp.feeds.newest import Row, newest
from socialapp.feeds.queries import FeedItem, home_feed
from socialapp.feeds.sql import FOLLOWED_AND_SELF, FOLLOWED_SINCE, Who
from socialapp.follows.models import Block, Follow
from socialapp.posts.models import Post
from socialapp.posts.queries import POSTED
from socialapp.users.models import Person
from tests.moments import id_of, post_at
from tests.people import new_person

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SOURCES = [POSTED, SHARED]
LIMIT = 5


@pytest.fixture(params=[0, 3, 100], ids=["person by person", "either way", "among all"])
def looked_at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many of all are looked through first."""
    monkeypatch.setattr(module, "LOOKED_AT", request.param)
    monkeypatch.setattr(module, "newest_rows", module.newest_rows.__wrapped__)


@pytest.fixture
def reader() -> Person:
    """Follows every other of twelve people, who posted and shared in no order, often in the same moment."""
    dice = random.Random(5)  # noqa: S311  seeded on purpose
    people = [new_person(f"person{n}") for n in range(12)]
    reader = new_person("reader")
    for person in people[::2]:
        follow = Follow.objects.create(follower=reader, followee=person)
        Follow.objects.filter(pk=follow.pk).update(created_at=NOON + timedelta(minutes=dice.randrange(30)))
    posts = [post_at(NOON + timedelta(minutes=dice.randrange(60)), dice.choice(people)) for _ in range(90)]
    for post in posts:
        if dice.random() < 0.3:
            answered = dice.choice(posts)
            Post.objects.filter(pk=post.pk).update(
                reply_to=answered, thread=answered.thread or answered.pk, reply_to_author=answered.author_id
            )
        if dice.random() < 0.2:
            Post.objects.filter(pk=post.pk).update(deleted_at=NOON)
        if dice.random() < 0.2:
            Post.objects.filter(pk=post.pk).update(hidden_at=NOON)
    Person.objects.filter(pk__in=[people[0].pk, people[1].pk]).update(suspended_at=NOON)
    Block.objects.create(blocker=reader, blocked=people[3])
    Block.objects.create(blocker=people[5], blocked=reader)
    for post, person in {(dice.choice(posts), dice.choice(people)) for _ in range(80)}:
        at = NOON + timedelta(minutes=dice.randrange(60))
        Share.objects.create(id=id_of(at), post=post, person=person, created_at=at)
    return reader


def rows_of(reader: Person, *, since: bool, replies: bool) -> list[Row]:
    """All that the feed is made of, the newest first."""
    follows = {follow.followee_id: follow.created_at for follow in Follow.objects.filter(follower=reader)}
    blocked = list(Person.objects.filter(username__in=["person3", "person5"]))
    shown = Post.objects.visible().exclude(author__in=blocked)
    heard_of = {None, *follows, reader.pk} if replies else {None}
    activities = [
        Row(post.pk, post.created_at, post.pk, post.author_id) for post in shown if post.reply_to_author in heard_of
    ]
    activities += [
        Row(each.pk, each.created_at, each.post_id, each.person_id) for each in Share.objects.filter(post__in=shown)
    ]
    seen = set(Person.objects.filter(suspended_at=None).values_list("id", flat=True))
    activities = [row for row in activities if row.person_id in seen]
    heard = [row for row in activities if row.person_id in follows and (not since or row.at > follows[row.person_id])]
    return sorted(heard, key=lambda row: row.id, reverse=True)


def places(rows: list[Row]) -> list[tuple[int, int]]:
    """Once for each post, as a feed shows it."""
    first: dict[int, int] = {}
    for row in rows:
        first.setdefault(row.post_id, row.id)
    return [(id_, post_id) for post_id, id_ in first.items()]


@pytest.mark.parametrize(("who", "since"), [(FOLLOWED_AND_SELF, False), (FOLLOWED_SINCE, True)])
def test_pages_are_what_a_look_at_everything_finds(
    looked_at: Callable[..., None], reader: Person, who: Who, since: bool
) -> None:
    all_rows = rows_of(reader, since=since, replies=who.replies)
    assert len(all_rows) >= 3 * LIMIT
    for backwards in (False, True):
        rows = all_rows[::-1] if backwards else all_rows
        assert places(newest(who, reader.pk, SOURCES, None, LIMIT, viewer_id=reader.pk)) == places(all_rows[:LIMIT])
        for row in rows:
            cursor = Cursor((row.id,), backwards=backwards)
            beyond = [r for r in rows if (r.id > row.id) == backwards and r.id != row.id]
            found = newest(who, reader.pk, SOURCES, cursor, LIMIT, viewer_id=reader.pk)
            assert places(found) == places(beyond[:LIMIT])


def test_a_sharer_who_may_not_be_seen_hides_nothing() -> None:
    ada, bob, reader = new_person("ada"), new_person("bob"), new_person("reader")
    for person in (ada, bob):
        Follow.objects.create(follower=reader, followee=person)
    post = Post.objects.create(author=ada, body="Hello")
    Share.objects.create(person=bob, post=post)
    [item] = home_feed(reader.id).items
    assert item.shared_by == bob
    for gone in ("suspended_at", "deleted_at"):
        Person.objects.filter(pk=bob.pk).update(**{"suspended_at": None, gone: NOON})
        [item] = home_feed(reader.id).items
        assert (item.post.id, item.shared_by) == (post.id, None)


def test_posts_that_many_shared_do_not_end_the_feed(looked_at: Callable[..., None]) -> None:
    reader = new_person("reader")
    author = new_person("author")
    now = datetime.now(UTC)
    posts = [post_at(now - timedelta(days=n + 2), author, f"{n}") for n in range(30)]
    Follow.objects.create(follower=reader, followee=author)
    for n in range(100):
        friend = new_person(f"friend{n}")
        Follow.objects.create(follower=reader, followee=friend)
        for seconds, many in enumerate((posts[-2], posts[-1])):
            at = now - timedelta(minutes=n, seconds=seconds)
            Share.objects.create(id=id_of(at), person=friend, post=many, created_at=at)
    first = home_feed(reader.id)
    newest_two = (posts[-2].id, posts[-1].id)
    assert ids(first) == [*newest_two, *(post.id for post in posts[: PAGE_SIZE - 2])]
    second = home_feed(reader.id, first.next)
    assert ids(second)[: 28 - PAGE_SIZE + 2] == [post.id for post in posts[PAGE_SIZE - 2 : 28]]
    assert ids(home_feed(reader.id, second.previous))[2:] == ids(first)[2:]


def ids(page: Page[FeedItem]) -> list[int]:
    return [item.post.id for item in page.items]
