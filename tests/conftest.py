"""Fixtures of all tests."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from socialapp import database
from socialapp.moderation.models import SpamRules
from socialapp.moderation.signals import know

pytest_plugins = ["tests.people"]


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """As in production: pages name each file by its content."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Sessions with the tests' database are as guarded as those with one that `manage.py prepare` made."""
    with django_db_blocker.unblock():
        database.write_defaults()
        connection.close()


@pytest.fixture(autouse=True)
def spam_rules() -> None:
    """As any process that has published before, it knows that no post is held."""
    know(SpamRules(), for_s=3600)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Each test begins in English: a request leaves its thread in the language it had, until the next request."""
    yield
    translation.deactivate()
