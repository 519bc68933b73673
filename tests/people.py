"""The people of the tests: Ada writes, Bob reacts, Charlie is a stranger. And a way to let messages take effect."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from socialapp.users.operations import make_token

PASSWORD = "correct horse battery staple"


def new_person(username: str) -> Person:
    """An account with a name and a mail, without the cost of hashing a password."""
    return Person.objects.create(
        username=username, name=username.capitalize(), email=f"{username}@example.org", password="!"
    )


def logged_in(person: Person) -> Client:
    """A person's browser."""
    browser = Client()
    browser.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.fixture
def ada(db: None) -> Person:
    """Who writes."""
    return new_person("ada")


@pytest.fixture
def bob(db: None) -> Person:
    """Who reacts."""
    return new_person("bob")


@pytest.fixture
def charlie(db: None) -> Person:
    """A stranger."""
    return new_person("charlie")


@pytest.fixture
def post(ada: Person) -> Post:
    """Ada's post."""
    post, _ = publish_post(author=ada, body="Good morning!")
    consume()  # its own message is not what the tests are about
    return post


@pytest.fixture
def api_of() -> Callable[[Person | None], APIClient]:
    """An API client that acts for a person by a bearer token; for nobody without one."""

    def client(person: Person | None) -> APIClient:
        api = APIClient()
        if person:
            api.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(person=person, name='test')}")
        return api

    return client


@pytest.fixture
def deliver() -> Callable[[], int]:
    """Let all waiting messages take effect, in this process; returns how many ended."""
    return consume
