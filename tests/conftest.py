"""Fixtures of all tests."""

import pytest
from django.core.management import call_command

pytest_plugins = ["tests.people"]


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """As in production: pages name each file by its content."""
    call_command("collectstatic", interactive=False, verbosity=0)
