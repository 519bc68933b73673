"""Fixtures of all tests."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.utils import translation

pytest_plugins = ["tests.people"]


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """As in production: pages name each file by its content."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Each test begins in English: a request leaves its thread in the language it had, until the next request."""
    yield
    translation.deactivate()
