"""Fixtures of all tests."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import TransactionTestCase, override_settings
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker
from whitenoise import WhiteNoise

from socialapp import database
from socialapp.moderation.models import SpamRules
from socialapp.moderation.signals import know

pytest_plugins = ["tests.people"]


def pytest_collection_finish() -> None:
    """What was imported and collected stays: to look for garbage in it took a twentieth of the suite's time."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def static_files() -> Iterator[None]:
    """As in production: pages name each file by its content.

    Each test client has middleware of its own, which would look at every file anew: nearly half of the suite's time.
    """
    call_command("collectstatic", interactive=False, verbosity=0)
    look: Any = WhiteNoise.update_files_dictionary
    seen: dict[tuple[str, str], dict[str, Any]] = {}

    def look_once(server: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in seen:
            look(server, root, prefix)
            seen[root, prefix] = dict(server.files)
        server.files.update(seen[root, prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", look_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Passwords of tests need not withstand guessing for years. Processes that tests start hash as in production."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """Delete what a test has committed, in tables that have rows: a fiftieth of the time of truncating all of them.

    What migrations end with stays, because it would be made anew each time. `session_replication_role`, which only a
    superuser of PostgreSQL may set, keeps foreign keys and triggers from interfering.
    """
    kept = {"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}

    def delete_rows(_test: TransactionTestCase) -> None:
        names = set(connection.introspection.django_table_names(only_existing=True)) - kept
        tables = [connection.ops.quote_name(name) for name in sorted(names)]
        with transaction.atomic(), connection.cursor() as cursor:
            # What a test has left running commits first, or makes this fail.
            cursor.execute(f"LOCK {', '.join(tables)}")
            cursor.execute(" UNION ALL ".join(f"SELECT '{each}' WHERE EXISTS (SELECT FROM {each})" for each in tables))
            deletions = [f"DELETE FROM {name}" for (name,) in cursor.fetchall()]
            cursor.execute("; ".join(["SET LOCAL session_replication_role = replica", *deletions]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", delete_rows)
        yield


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
