"""Attacks by number: many at once, again and again, or very much. Counts are right, and costs do not grow."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from notifications.deliveries.send import deliver
from notifications.models import Delivery, NotificationGroup
from reactions import operations as reactions
from reactions.models import Like
from socialapp.follows.operations import follow, unfollow
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Mention, Post
from socialapp.posts.operations import edit_post, publish_post
from socialapp.users.models import Person
from socialapp.users.operations import make_token
from tests.notifications.fakes import Other, other
from tests.people import logged_in, new_person

__all__ = ["other"]

THREADS = 8


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """By real connections, eight at a time; what they returned, in order."""

    def run(act: Callable[[], Any]) -> Any:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
def test_160_likes_and_unlikes_at_once_count_as_many_as_there_are(ada: Person, post: Post) -> None:
    people = [new_person(f"p{number}") for number in range(20)]
    acts: list[Callable[[], Any]] = []
    for number in range(160):
        act = reactions.like if number % 3 else reactions.unlike
        acts.append(lambda act=act, who=people[number % 20].pk: act(post_id=post.pk, person_id=who))  # type: ignore[misc]
    at_once(acts)
    while consume():
        pass
    likes = Like.objects.filter(post=post).count()
    assert APIClient().get(f"/api/social/v1/posts/{post.pk}/").json()["likes"] == likes
    groups = NotificationGroup.objects.filter(recipient=ada, kind="like")
    assert sum(groups.values_list("count", flat=True)) == likes


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["post", "comment"])
def test_12_submits_at_once_with_one_key_make_one(ada: Person, post: Post, what: str) -> None:
    token = make_token(person=ada, name="script")
    route = "/api/social/v1/posts/" if what == "post" else f"/api/social/v1/posts/{post.pk}/comments/"

    def submit() -> Any:
        api = APIClient(headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "once"})
        return api.post(route, {"body": "Once."})

    answers = at_once([submit] * 12)
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Post.objects.filter(body="Once.").count() == 1


@pytest.mark.django_db
def test_who_toggles_again_and_again_notifies_no_more_than_three_times(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.webhook_of(ada)
    own = publish_post(author=bob, body="Hello.")[0]
    for number in range(15):
        reactions.like(post_id=post.pk, person_id=bob.pk)
        follow(follower_id=bob.pk, followee_id=ada.pk)
        edit_post(post_id=own.pk, by=bob, body=f"Hello @ada {number}")
        consume()
        deliver("webhook")
        reactions.unlike(post_id=post.pk, person_id=bob.pk)
        unfollow(follower_id=bob.pk, followee_id=ada.pk)
        edit_post(post_id=own.pk, by=bob, body=f"Hello {number}")
        consume()
        deliver("webhook")
    assert other.told(ada, "webhook") <= 3
    assert Delivery.objects.filter(recipient=ada).count() <= 3


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["post", "comment"])
def test_700_mentions_notify_ten(ada: Person, post: Post, where: str) -> None:
    people = Person.objects.bulk_create(
        Person(username=f"m{number}", email=f"m{number}@example.org", password="!") for number in range(700)
    )
    body = " ".join(f"@{person.username}" for person in people)
    assert len(body) <= 5_000
    if where == "post":
        publish_post(author=ada, body=body)
    else:
        reactions.comment(post_id=post.pk, author=ada, body=body)
    consume()
    assert NotificationGroup.objects.filter(kind="mention").count() == 10
    assert Mention.objects.count() == 10


@pytest.fixture
def long_thread(ada: Person, bob: Person, post: Post) -> dict[str, int]:
    """5,000 replies, each to the one before."""
    first = reactions.comment(post_id=post.pk, author=bob, body="First.")[0]
    Post.objects.bulk_create(
        Post(author=bob, body=f"Reply {number}.", reply_to=first, reply_to_author=bob.pk, thread=post.pk)
        for number in range(5_000)
    )
    ids = list(Post.objects.filter(reply_to=first).order_by("pk").values_list("pk", flat=True))
    rows = [Post(pk=own, reply_to_id=before) for before, own in pairwise([first.pk, *ids])]
    Post.objects.bulk_update(rows, ["reply_to"], batch_size=1_000)
    last = ids[-1]
    return {"post": post.pk, "first": first.pk, "last": last}


def queries_of(act: Callable[[], Any]) -> int:
    """How many statements it takes."""
    with CaptureQueriesContext(connection) as captured:
        assert act().status_code < 400
    return len(captured)


@pytest.mark.django_db
def test_a_thread_of_5000_replies_each_below_the_last_costs_what_a_short_one_costs(
    ada: Person, bob: Person, long_thread: dict[str, int], api_of: Callable[[Person], APIClient]
) -> None:
    short = publish_post(author=ada, body="Short.")[0]
    only = reactions.comment(post_id=short.pk, author=bob, body="First.")[0]
    reactions.comment(post_id=only.pk, author=bob, body="Second.")
    browser, api, anybody = logged_in(bob), api_of(bob), Client()

    def costs(post: int, at: int) -> Iterator[int]:
        yield queries_of(lambda: browser.get(f"/posts/{post}/"))
        yield queries_of(lambda: anybody.get(f"/posts/{post}/"))
        yield queries_of(lambda: api.get(f"/api/social/v1/posts/{post}/comments/"))
        yield queries_of(lambda: api.post(f"/api/social/v1/posts/{at}/comments/", {"body": "Me too."}))
        yield queries_of(lambda: browser.get(f"/posts/{at}/"))
        yield queries_of(lambda: api.get(f"/api/social/v1/posts/{at}/"))
        yield queries_of(lambda: api.delete(f"/api/social/v1/posts/{at}/"))

    few, many = list(costs(short.pk, only.pk)), list(costs(long_thread["post"], long_thread["last"]))
    assert [more - less for less, more in zip(few, many, strict=True) if more > less + 2] == []
    for at in ("post", "first"):
        assert len(browser.get(f"/posts/{long_thread[at]}/").content) < 1_000_000
    newest = Post.objects.latest("pk").pk
    assert len(browser.get(f"/posts/{newest}/").content) < 1_000_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed", ["%", "_", "\\", "a%", "%a", "a_a", "\\%", "%_%", "ad\\", "[a-z]", ".*", "'", "ad'--"]
)
def test_a_sign_of_patterns_is_a_sign_like_others(
    ada: Person, typed: str, api_of: Callable[[Person], APIClient]
) -> None:
    publish_post(author=ada, body="#fog")
    api = api_of(ada)
    for route in ("people/", "search/tags/", "search/posts/"):
        answer = api.get(f"/api/social/v1/{route}", {"q": typed})
        assert answer.status_code == 200
        found = answer.json()
        names = [
            each.get("username") or each.get("name")
            for each in (found if isinstance(found, list) else found["results"])
        ]
        assert "ada" not in names or "a" in typed
        assert "fog" not in names
    for page in (f"/search/complete/?q=@{typed}", f"/search/complete/?q=%23{typed.replace('%', '%25')}"):
        assert logged_in(ada).get(page).status_code == 200


SEARCHES = [
    "or " * 60, "-" * 200, '"' * 199, '"a" ' * 50, "-a " * 60, "from:ada " * 22, "#fog " * 20,
    "a -a " * 30, "( ) & | ! :* <->",
    "a" * 200, " ".join("abcdefghij"), "or or or", "- -", "from:", "#", '"or"', "\u202e" * 200, "😀" * 200, "日" * 200,
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("typed", SEARCHES)
def test_a_search_of_signs_takes_as_many_statements_as_one_of_words(
    ada: Person, typed: str, api_of: Callable[[Person], APIClient]
) -> None:
    publish_post(author=ada, body="a fog #fog")
    api = api_of(ada)
    words = queries_of(lambda: api.get("/api/social/v1/search/posts/", {"q": "fog from:ada #fog"}))
    assert queries_of(lambda: api.get("/api/social/v1/search/posts/", {"q": typed[:200]})) <= words + 1
