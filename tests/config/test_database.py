"""What an operator's own PostgreSQL must be: new enough, and able to hold and find the words of all languages."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.base import base as backends
from django.db.backends.base.base import BaseDatabaseWrapper

from config.postgres.base import Features
from socialapp import database
from socialapp.text import folding
from tests.architecture.test_docs import doc
from tests.product import manage

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "of operator"
FIT = {
    "as the embedded one is": "",
    "with letters by libc": "ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C.UTF-8' TEMPLATE template0",
}
UNFIT = {
    "no encoding": ("ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0", "is SQL_ASCII"),
    "one language's encoding": ("ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0", "is LATIN1"),
    "letters of English alone": (
        "ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C.UTF-8' LC_CTYPE 'C' TEMPLATE template0",
        "makes ÉiЖΩ of ÉIЖΩ",
    ),
}


@contextmanager
def made(how: str) -> Iterator[BaseDatabaseWrapper]:
    """A database of its own in the tests' PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{NAME}" {how}')
    other = connection.copy()
    other.settings_dict["NAME"] = NAME
    try:
        yield other
    finally:
        other.close()
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{NAME}" WITH (FORCE)')


def prepare(data: Path) -> Any:
    tests = settings.DATABASES["default"]
    url = f"postgres://{tests['USER']}:{tests['PASSWORD']}@{tests['HOST']}:{tests['PORT']}/{NAME.replace(' ', '%20')}"
    ours = {"DATABASE_URL": url, "REDIS_URL": settings.CELERY_BROKER_URL, "SOCIALAPP_DATA": str(data)}
    return manage({**os.environ, **ours}, "prepare")


@pytest.mark.parametrize("how", FIT.values(), ids=FIT)
def test_a_database_that_knows_letters_is_taken_and_folds_as_we_do(how: str) -> None:
    with made(how) as other, other.cursor() as cursor:
        assert database.fault_of(other) is None
        cursor.execute(folding.SQL)
        text = "Élan İZMİR ŁÓDŹ Жар ΩΣ straße"
        cursor.execute("SELECT folded_words(%s)", [text])
        assert cursor.fetchone() == (folding.words(text),)


@pytest.mark.parametrize(("how", "says"), UNFIT.values(), ids=UNFIT)
def test_one_that_does_not_is_refused_with_a_statement_that_makes_one_that_does(how: str, says: str) -> None:
    with made(how) as other:
        fault = database.fault_of(other) or ""
    assert says in fault
    right = re.search(r'CREATE DATABASE "of operator" (.+);$', fault)
    assert right, fault
    with made(right[1]) as other:
        assert database.fault_of(other) is None


def test_prepare_refuses_it_before_anything_is_written(tmp_path: Path) -> None:
    with made(UNFIT["no encoding"][0]) as other:
        done = prepare(tmp_path)
        with other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
            assert cursor.fetchone() == (0,)
            cursor.execute(
                "SELECT count(*) FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase"
                " WHERE datname = current_database()"
            )
            assert cursor.fetchone() == (0,)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "CommandError: The database of operator cannot hold a site: its encoding is SQL_ASCII."
    )
    assert len(done.stderr.strip().splitlines()) == 1


def test_prepare_refuses_a_postgresql_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Features, "minimum_database_version", (99,))
    monkeypatch.setattr(backends, "RAN_DB_VERSION_CHECK", set())
    connection.close()
    with pytest.raises(CommandError, match=r"PostgreSQL 99 or later is required .* must lead to a newer one"):
        call_command("prepare")


def test_the_lowest_postgresql_is_the_one_that_the_docs_name() -> None:
    (lowest,) = Features.minimum_database_version
    assert f"| `DATABASE_URL` | PostgreSQL {lowest} or later;" in doc("operations.md")
