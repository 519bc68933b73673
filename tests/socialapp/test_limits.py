"""Limits: how much of what one may do, what counts, who is stricter limited, and what an answer says of it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from notifications.endpoints.operations import add_webhook
from reactions import operations as reactions
from socialapp.follows.operations import follow
from socialapp.limits import operations as limits
from socialapp.limits.models import Usage
from socialapp.limits.rates import KINDS, Rate, Rates
from socialapp.posts.models import Mention, Post
from socialapp.posts.operations import edit_post, publish_post
from socialapp.users.models import Person
from socialapp.web.request_metrics import LIMITS
from tests.people import logged_in, new_person

pytestmark = pytest.mark.django_db(transaction=True)
Api = Callable[[Person | None], APIClient]
POSTS = "/api/social/v1/posts/"


@pytest.fixture
def limit(settings: LazySettings) -> Callable[..., None]:
    """Limit kinds; each text is what the environment would have."""

    def set_to(**kinds: str) -> None:
        settings.LIMITS = {kind: Rates.of(text) for kind, text in kinds.items()}
        settings.LIMITS_NEW_FOR = timedelta(days=7)

    return set_to


@pytest.fixture
def ada(db: None) -> Person:
    """She joined a year ago."""
    return of_old("ada")


def of_old(name: str) -> Person:
    person = new_person(name)
    Person.objects.filter(pk=person.pk).update(joined_at=timezone.now() - timedelta(days=365))
    return person


def test_the_rates_of_each_kind_can_be_read_and_new_accounts_have_no_more() -> None:
    for kind in KINDS.values():
        rates = Rates.of(kind.rates)
        assert rates is not None
        assert rates.new.quota <= rates.usual.quota, kind.name
        assert kind.at_once <= rates.new.quota, kind.name


def test_a_post_too_many_is_refused_and_says_when_to_go_on(
    limit: Callable[..., None], api_of: Api, ada: Person
) -> None:
    limit(posts="2/h")
    api = api_of(ada)
    left = []
    for number in range(2):
        answer = api.post(POSTS, {"body": f"Number {number}"})
        assert answer.status_code == 201
        assert answer.headers["RateLimit-Policy"] == '"posts";q=2;w=3600'
        left.append(answer.headers["RateLimit"])
    assert left == ['"posts";r=1;t=1800', '"posts";r=0;t=1800']
    answer = api.post(POSTS, {"body": "One more"})
    assert answer.status_code == 429
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "1800"
    assert answer.headers["RateLimit"] == '"posts";r=0;t=1800'
    assert answer.json() == {
        "type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "You posted a lot in a short time. You can go on in 30 minutes.",
        "violated-policies": ["posts"],
    }
    assert Post.objects.filter(author=ada).count() == 2


def test_time_gives_back_one_by_one(limit: Callable[..., None], ada: Person) -> None:
    limit(posts="10/h")
    for number in range(10):
        publish_post(author=ada, body=str(number))
    with pytest.raises(limits.LimitExceeded) as refused:
        publish_post(author=ada, body="too many")
    assert 350 < refused.value.wait <= 360
    Usage.objects.update(used_until=Now() + timedelta(seconds=3_600 - 2 * 360))
    limits._known["posts"].clear()  # as in another process, which has not heard of her
    for _ in range(2):
        publish_post(author=ada, body="one more")
    with pytest.raises(limits.LimitExceeded):
        publish_post(author=ada, body="too many")


def test_what_only_repeats_something_costs_nothing_and_is_answered_as_ever(
    limit: Callable[..., None], api_of: Api, ada: Person
) -> None:
    limit(posts="2/h", replies="1/h")
    api = api_of(ada)
    statuses = [
        api.post(POSTS, {"body": body}, HTTP_IDEMPOTENCY_KEY=key).status_code
        for body, key in [("One", "a"), ("One", "a"), ("Two", "b"), ("One", "a"), ("Two", "b"), ("Three", "c")]
    ]
    assert statuses == [201, 200, 201, 200, 200, 429]
    comments = f"{POSTS}{Post.objects.earliest('pk').pk}/comments/"
    statuses = [
        api.post(comments, {"body": key}, HTTP_IDEMPOTENCY_KEY=key).status_code for key in ("reply", "reply", "more")
    ]
    assert statuses == [201, 200, 429]


def test_a_follow_of_the_same_person_counts_once(limit: Callable[..., None], ada: Person) -> None:
    limit(follows="2/h")
    bob, charlie = new_person("bob"), new_person("charlie")
    for _ in range(3):
        follow(follower_id=ada.pk, followee_id=bob.pk)
    assert follow(follower_id=ada.pk, followee_id=charlie.pk)


def test_a_like_of_a_like_is_not_counted(limit: Callable[..., None], ada: Person) -> None:
    limit(likes="4/h")
    post = Post.objects.create(author=of_old("bob"), body="Good morning!")
    for _ in range(20):
        reactions.like(post_id=post.pk, person_id=ada.pk)
    assert limits._known["likes"][ada.pk].uncounted + Usage.objects.filter(kind="likes").count() == 1


def test_taking_back_and_doing_again_counts(limit: Callable[..., None], ada: Person) -> None:
    limit(likes="4/h")
    post = Post.objects.create(author=of_old("bob"), body="Good morning!")
    for _ in range(4):
        assert reactions.like(post_id=post.pk, person_id=ada.pk)
        reactions.unlike(post_id=post.pk, person_id=ada.pk)
    with pytest.raises(limits.LimitExceeded):
        reactions.like(post_id=post.pk, person_id=ada.pk)


def test_a_like_by_token_is_one_round_trip_and_counts_for_its_owner(
    limit: Callable[..., None], api_of: Api, ada: Person
) -> None:
    limit(likes="100/h")
    bob = of_old("bob")
    posts = [Post.objects.create(author=bob, body=str(number)) for number in range(12)]
    api, another = api_of(ada), api_of(ada)
    for client in (api, another):
        client.put(f"{POSTS}{posts[0].pk}/like/")  # notes the day of the token's first use
    for post in posts[1:10]:
        with CaptureQueriesContext(connection) as queries:
            assert api.put(f"{POSTS}{post.pk}/like/").status_code == 201
    assert len(queries) == 1, queries.captured_queries
    assert limits._known["likes"][ada.pk].uncounted == 10
    with CaptureQueriesContext(connection) as queries:
        assert another.put(f"{POSTS}{posts[10].pk}/like/").headers["RateLimit"].startswith('"likes";r=89;')
    assert len(queries) == 2
    assert limits._known["likes"][ada.pk].uncounted == 0


def test_processes_that_know_nothing_of_each_other_share_one_count(limit: Callable[..., None], ada: Person) -> None:
    limit(posts="10/h")
    done = 0
    for number in range(40):
        known = limits._known["posts"]
        if number % 2:
            known.clear()  # each other request goes to a process that begins
        try:
            publish_post(author=ada, body=str(number))
            done += 1
        except limits.LimitExceeded:
            break
    assert done == 10


def test_a_new_account_has_less(limit: Callable[..., None], api_of: Api, ada: Person, bob: Person) -> None:
    limit(posts="9/h 2/h")
    for person, most in ((ada, 9), (bob, 2)):
        answers = [api_of(person).post(POSTS, {"body": str(number)}) for number in range(most + 1)]
        assert [answer.status_code for answer in answers] == [201] * most + [429]
        assert answers[-1].headers["RateLimit-Policy"] == f'"posts";q={most};w=3600'


def test_a_mention_of_many_counts_as_many(limit: Callable[..., None], ada: Person) -> None:
    limit(mentions="5/h")
    people = [new_person(f"p{number}") for number in range(8)]
    names = [f"@{person.username}" for person in people]
    publish_post(author=ada, body=" ".join(names[:3]))
    with pytest.raises(limits.LimitExceeded):
        publish_post(author=ada, body=" ".join(names[3:6]))
    post, _ = publish_post(author=ada, body=names[3])
    with pytest.raises(limits.LimitExceeded):
        edit_post(post_id=post.pk, by=ada, body=" ".join(names[3:6]))
    edit_post(post_id=post.pk, by=ada, body=" ".join(names[3:5]))
    assert Mention.objects.count() == 5


def test_more_than_anybody_may_mention_is_refused_for_good(
    limit: Callable[..., None], api_of: Api, ada: Person
) -> None:
    limit(mentions="5/h")
    answer = api_of(ada).post(POSTS, {"body": " ".join(f"@p{number}" for number in range(6))})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "That is too much at once. At most 5 are possible."


def test_what_was_written_stays_in_the_form(limit: Callable[..., None], ada: Person) -> None:
    limit(posts="1/h", replies="1/h")
    browser, sentence = logged_in(ada), "You can go on in 1 hour."
    own = publish_post(author=ada, body="One")[0]
    page = browser.post("/posts/", {"body": "Two, which took me an hour"})
    assert page.status_code == 429
    assert page.headers["Retry-After"] == "3600"
    assert "Two, which took me an hour" in page.text
    assert sentence in page.text
    browser.post(f"/posts/{own.pk}/comments/", {"body": "First"})
    for headers in ({}, {"HX-Request": "true"}):
        page = browser.post(f"/posts/{own.pk}/comments/", {"body": "Second thoughts"}, headers=headers)
        assert page.status_code == 429
        assert "Second thoughts" in page.text
        assert sentence in page.text


def test_a_button_answers_with_a_page_or_a_message(limit: Callable[..., None], ada: Person) -> None:
    limit(follows="1/h")
    bob, charlie, browser = new_person("bob"), new_person("charlie"), logged_in(ada)
    follow(follower_id=ada.pk, followee_id=bob.pk)
    page = browser.post(f"/@{charlie.username}/follow/", {"next": "/public/"})
    assert (page.status_code, page.headers["Retry-After"]) == (429, "3600")
    assert "You followed a lot of people in a short time." in page.text
    assert 'href="/public/"' in page.text
    part = browser.post(f"/@{charlie.username}/follow/", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Retarget"]) == (429, "#flashes")
    assert "You followed a lot of people in a short time." in part.text


def test_tests_and_replays_are_limited(limit: Callable[..., None], api_of: Api, ada: Person) -> None:
    limit(tests="1/h", replays="1/h")
    webhook, _ = add_webhook(person=ada, name="mine", address="https://hooks.example/1")
    api, span = api_of(ada), {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
    where = f"/api/social/v1/notifications/endpoints/{webhook.pk}"
    for path, body in (("test/", None), ("replay/", span)):
        assert [api.post(f"{where}/{path}", body).status_code for _ in range(2)] == [202, 429], path


def test_hits_are_counted_by_kind(limit: Callable[..., None], api_of: Api, ada: Person, settings: LazySettings) -> None:
    settings.METRICS_TOKEN = "a-token-that-is-long-enough"
    limit(posts="1/h")
    counter = LIMITS.labels("posts")
    before = counter._value.get()
    for number in range(3):
        api_of(ada).post(POSTS, {"body": str(number)})
    assert counter._value.get() - before == 2


def test_a_limit_that_is_off_says_nothing(limit: Callable[..., None], api_of: Api, ada: Person) -> None:
    limit()
    answer = api_of(ada).post(POSTS, {"body": "Hello"})
    assert "RateLimit" not in answer.headers
    assert not Usage.objects.exists()


def test_a_write_that_is_undone_is_not_counted(limit: Callable[..., None], api_of: Api, ada: Person) -> None:
    limit(posts="2/h")
    assert api_of(ada).post(POSTS, {"body": ""}).status_code == 400
    assert api_of(ada).post(POSTS, {"body": "x", "pictures": [{"id": 1}]}).status_code == 400
    assert not Usage.objects.exists()


def test_what_is_allowed_for_again_is_forgotten(limit: Callable[..., None], ada: Person) -> None:
    limit(posts="2/h")
    publish_post(author=ada, body="Hello")
    limits.forget()
    assert Usage.objects.count() == 1
    Usage.objects.update(used_until=Now() - timedelta(seconds=1))
    limits.forget()
    assert not Usage.objects.exists()


def test_a_process_remembers_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch, limit: Callable[..., None]) -> None:
    limit(likes="100/h")
    monkeypatch.setattr(limits, "MOST_KNOWN", 3)
    limits._known["likes"].clear()
    for holder in range(1, 6):
        limits.count("likes", holder)
    assert sorted(limits._known["likes"]) == [3, 4, 5]


def test_a_page_that_only_reads_says_nothing_of_limits(limit: Callable[..., None], ada: Person) -> None:
    limit(posts="2/h")
    assert "RateLimit" not in Client().get("/public/").headers


@pytest.mark.parametrize("text", ["", "10", "10/w", "0/h", "-1/h", "1/h 2/h 3/h", "1/h  2/h", "9999999999999/h", "٣/h"])
def test_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        Rates.of(text)


def test_a_rate() -> None:
    assert Rates.of("100/h 20/h") == Rates(Rate(100, 3_600), Rate(20, 3_600))
    assert Rates.of("5/m") == Rates(Rate(5, 60), Rate(5, 60))
    assert Rates.of("off") is None
