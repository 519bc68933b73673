"""Floods: by one account, by many new ones, and of mentions. What their victims get is what limits say, and no more."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from notifications.models import GroupMember, NotificationGroup
from socialapp.limits.rates import Rates
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Mention, Post
from socialapp.users.models import Person
from socialapp.users.operations import make_token
from tests.people import new_person

pytestmark = pytest.mark.django_db(transaction=True)
Api = Callable[[Person | None], APIClient]
POSTS = "/api/social/v1/posts/"


@pytest.fixture(autouse=True)
def limited(settings: LazySettings) -> None:
    """A tenth of what is usual."""
    rates = {"posts": "10/h 2/h", "replies": "20/h 4/h", "mentions": "30/h 3/h", "likes": "120/h 24/h"}
    settings.LIMITS = {kind: Rates.of(text) for kind, text in rates.items()}
    settings.LIMITS_NEW_FOR = timedelta(days=7)


@pytest.fixture
def mallory(db: None) -> Person:
    """An account of long ago that somebody bought."""
    person = new_person("mallory")
    Person.objects.filter(pk=person.pk).update(joined_at=timezone.now() - timedelta(days=900))
    return person


def statuses(answers: list[int]) -> dict[int, int]:
    return {status: answers.count(status) for status in sorted(set(answers))}


def test_by_one_account(api_of: Api, ada: Person, mallory: Person, post: Post) -> None:
    api = api_of(mallory)
    answers = [
        api.post(f"{POSTS}{post.pk}/comments/", {"body": f"Buy number {number}"}).status_code for number in range(60)
    ]
    assert statuses(answers) == {201: 20, 429: 40}
    consume()
    assert GroupMember.objects.filter(group__recipient=ada).count() == 20


def test_by_several_connections_at_once(mallory: Person) -> None:
    token = make_token(person=mallory, name="flood")

    def send(number: int) -> int:
        try:
            api = APIClient()
            api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
            return api.post(POSTS, {"body": f"Buy number {number}"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(send, range(60)))
    # As many more as were under way when the limit was reached.
    assert 10 <= answers.count(201) <= 13
    assert answers.count(201) + answers.count(429) == 60


def test_by_new_accounts(api_of: Api, ada: Person, post: Post) -> None:
    answers = []
    for number in range(5):
        api = api_of(new_person(f"bot{number}"))
        answers += [api.post(f"{POSTS}{post.pk}/comments/", {"body": f"Buy {n}"}).status_code for n in range(10)]
    assert statuses(answers) == {201: 20, 429: 30}
    consume()
    assert GroupMember.objects.filter(group__recipient=ada).count() == 20


def test_of_mentions(api_of: Api, mallory: Person) -> None:
    victims = [new_person(f"victim{number}") for number in range(40)]
    api = api_of(mallory)
    answers = []
    for start in range(0, 40, 4):
        names = " ".join(f"@{victim.username}" for victim in victims[start : start + 4])
        answers.append(api.post(POSTS, {"body": f"Buy {names}"}).status_code)
    assert statuses(answers) == {201: 7, 429: 3}
    consume()
    assert NotificationGroup.objects.filter(kind="mention").count() == Mention.objects.count() == 28


def test_a_bystander_is_not_limited_with_them(api_of: Api, ada: Person, mallory: Person) -> None:
    flood, bystander = api_of(mallory), api_of(ada)
    for number in range(20):
        flood.post(POSTS, {"body": str(number)})
    assert bystander.post(POSTS, {"body": "Good morning!"}).status_code == 201


def test_a_flood_does_not_go_on_with_other_tokens(api_of: Api, ada: Person, mallory: Person) -> None:
    posts = [Post.objects.create(author=ada, body=str(number)) for number in range(150)]
    answers = []
    for number, post in enumerate(posts):
        if number % 10 == 0:
            api = api_of(mallory)
        answers.append(api.put(f"{POSTS}{post.pk}/like/").status_code)
    # One more for each token whose owner this process does not know yet; it is counted, too.
    assert statuses(answers) == {201: 123, 429: 27}
