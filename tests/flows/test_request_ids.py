"""What follows from a request carries its id: message, delivery, the lines of workers, the webhook that goes out."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.conf import LazySettings
from rest_framework.test import APIClient

from notifications.deliveries import fan_out, send
from notifications.models import Delivery
from notifications.preferences.bells import switch_bell
from socialapp.follows.operations import follow
from socialapp.messaging import consumer
from socialapp.messaging.models import OutboxMessage
from socialapp.posts.models import Post
from socialapp.users.models import Person
from socialapp.web import request_ids
from tests.notifications.fakes import Other, pass_time
from tests.people import new_person

pytestmark = pytest.mark.django_db(transaction=True)

V1 = "/api/social/v1"
ApiOf = Callable[[Person | None], APIClient]


@contextmanager
def lines(name: str) -> Iterator[list[tuple[str, str]]]:
    """(id, message) of what this logger says meanwhile."""
    found: list[tuple[str, str]] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append((request_ids.current.get(), record.getMessage()))

    logger, handler = logging.getLogger(name), Noting()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("put", "/posts/{post}/like/", None),
        ("put", "/posts/{post}/share/", None),
        ("post", "/posts/{post}/comments/", {"body": "I agree."}),
        ("put", "/people/ada/follow/", None),
        ("post", "/posts/", {"body": "Hello @ada"}),
    ],
)
def test_the_id_of_a_request_goes_out_with_the_webhook(
    verb: str, path: str, body: dict[str, str] | None, ada: Person, other: Other, api_of: ApiOf
) -> None:
    post = Post.objects.create(author=ada, body="Good morning!")
    _endpoint, receiver = other.webhook_of(ada)
    client = api_of(new_person("bob"))
    answer = getattr(client, verb)(f"{V1}{path.format(post=post.pk)}", body, format="json")
    request_id = answer.headers["X-Request-ID"]
    # The next request of this thread, and the worker, have ids of their own.
    client.get(f"{V1}/public/")
    request_ids.current.set("a-task-of-a-worker")
    assert {message.body["request_id"] for message in OutboxMessage.objects.all()} == {request_id}
    consumer.consume()
    assert [delivery.request_id for delivery in Delivery.objects.all()] == [request_id]
    pass_time(Delivery.objects.get().next_attempt_at - Delivery.objects.get().created_at)
    with lines("notifications.deliveries.send") as said:
        send.deliver("webhook")
    assert receiver.refused == []
    assert receiver.request_ids == [request_id]
    assert said == [(request_id, f"webhook, delivery {Delivery.objects.get().pk}: sent, {took(said)} ms")]
    assert request_ids.current.get() == "a-task-of-a-worker"


def took(said: list[tuple[str, str]]) -> str:
    return said[0][1].split()[-2]


def test_a_post_goes_to_each_bell_under_the_id_of_its_request(ada: Person, other: Other, api_of: ApiOf) -> None:
    bob = new_person("bob")
    _endpoint, receiver = other.webhook_of(bob)
    follow(follower_id=bob.pk, followee_id=ada.pk)
    switch_bell(person=bob, author=ada, on=True)
    consumer.consume()
    answer = api_of(ada).post(f"{V1}/posts/", {"body": "News"}, format="json")
    request_ids.current.set("a-task-of-a-worker")
    consumer.consume()
    fan_out.run()
    send.deliver("webhook")
    assert receiver.request_ids == [answer.headers["X-Request-ID"]]


@pytest.mark.parametrize("as_one_batch", [True, False])
def test_a_delivery_of_two_requests_has_the_id_of_the_first(
    ada: Person, other: Other, api_of: ApiOf, as_one_batch: bool
) -> None:
    post = Post.objects.create(author=ada, body="Good morning!")
    other.webhook_of(ada)
    found = []
    for name in ("bob", "cem"):
        answer = api_of(new_person(name)).put(f"{V1}/posts/{post.pk}/like/")
        found.append(answer.headers["X-Request-ID"])
        if not as_one_batch:
            consumer.consume()
    consumer.consume()
    assert [delivery.request_id for delivery in Delivery.objects.all()] == found[:1]


def test_a_message_that_fails_is_logged_under_the_id_of_its_request(
    ada: Person, settings: LazySettings, api_of: ApiOf
) -> None:
    post = Post.objects.create(author=ada, body="Good morning!")
    settings.MESSAGE_HANDLERS = {**settings.MESSAGE_HANDLERS, "ReactionAdded": [f"{__name__}.no_handler"]}
    found = {}
    for name in ("bob", "cem"):
        answer = api_of(new_person(name)).put(f"{V1}/posts/{post.pk}/like/")
        found[name] = answer.headers["X-Request-ID"]
    with lines("socialapp.messaging.consumer") as said:
        consumer.consume()
    assert {request_id for request_id, _ in said} == set(found.values())
    assert all("could not be handled" in line for _, line in said)


def no_handler(messages: list[object]) -> None:
    raise ValueError(f"{len(messages)} messages that nobody can handle")
