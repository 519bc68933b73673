"""Statements that a connection plans once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from django.db import NotSupportedError, OperationalError, connection
from django.db.backends.utils import CursorWrapper

from config.postgres.base import Connection, _warn_once
from config.settings import _database
from socialapp.database import DEFAULTS, GUARD
from socialapp.sql import Prepared

pytestmark = pytest.mark.django_db


class Colour(StrEnum):
    """A word of ours, as codes are."""

    RED = "red"


SUM = Prepared("SELECT %(a)s + %(b)s, 100 %% 7", a="int", b="int")
PLANS = "SELECT count(*) FROM pg_prepared_statements WHERE statement = %s"


@pytest.fixture
def cursor() -> Iterator[CursorWrapper]:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
        connection.connection._prepared = None
        yield cursor
        cursor.execute("DEALLOCATE ALL")
        connection.connection._prepared = None


def plans(cursor: CursorWrapper) -> int:
    cursor.execute(PLANS, [SUM.preparation])
    (count,) = cursor.fetchone()
    return int(count)


def test_is_prepared_once_and_executed_with_its_values_by_name(cursor: CursorWrapper) -> None:
    for a, b in ((1, 2), (3, 4)):
        cursor.execute(SUM, {"b": b, "a": a})
        assert cursor.fetchone() == (a + b, 2)
    assert plans(cursor) == 1


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("bigint", [1, -2, None, 2**62]),
        ("bigint", []),
        (
            "text",
            ["", "NULL", "null", None, " a ", 'say "hi"', "back\\slash", "{a,b}", "a,b", "line\nbreak", "é 🙂 %s"],
        ),
        ("timestamptz", [datetime(2026, 11, 29, 8, 30, 1, 250, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC), None]),
        ("uuid", [UUID(int=7), None]),
        ("boolean", [True, False, None]),
        ("interval", [timedelta(days=1, seconds=2), None]),
        ("text", [Colour.RED, "blue"]),
    ],
)
def test_lists_arrive_as_they_are(
    cursor: CursorWrapper, monkeypatch: pytest.MonkeyPatch, pooled: bool, type_: str, values: list[Any]
) -> None:
    if pooled:
        monkeypatch.setattr(Connection, "_server_process", lambda _self: 0)
    cursor.execute(Prepared(f"SELECT %(values)s::{type_}[]", values=f"{type_}[]"), {"values": values})
    assert cursor.fetchone() == (values,)


def test_behind_a_pooler_it_is_the_text_each_time(cursor: CursorWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "_server_process", lambda _self: 0)
    cursor.execute(SUM, {"a": 1, "b": 2})
    assert cursor.fetchone() == (3, 2)
    assert plans(cursor) == 0


def test_a_new_connection_prepares_anew(cursor: CursorWrapper) -> None:
    cursor.execute(SUM, {"a": 1, "b": 2})
    other = connection.copy()
    try:
        with other.cursor() as another:
            another.execute(SUM, {"a": 1, "b": 2})
            assert another.fetchone() == (3, 2)
            assert plans(another) == 1
    finally:
        other.close()


def test_what_a_transaction_prepared_outlives_its_rollback(cursor: CursorWrapper) -> None:
    cursor.execute("SAVEPOINT s")
    cursor.execute(SUM, {"a": 1, "b": 2})
    cursor.execute("ROLLBACK TO s")
    cursor.execute(SUM, {"a": 3, "b": 4})
    assert cursor.fetchone() == (7, 2)


def test_texts_that_differ_have_plans_of_their_own() -> None:
    assert SUM.execution != Prepared("SELECT %(a)s - %(b)s", a="int", b="int").execution


def test_a_table_that_changes_under_a_plan_does_no_harm(cursor: CursorWrapper) -> None:
    """A migration while old processes go on: their plans say that they must not change what they yield."""
    cursor.execute("CREATE TEMPORARY TABLE named (name varchar(10))")
    names = Prepared("SELECT name FROM named WHERE name <> %(name)s", name="text")
    cursor.execute(names, {"name": ""})
    cursor.execute("ALTER TABLE named ALTER name TYPE varchar(20)")
    cursor.execute("SAVEPOINT s")
    with pytest.raises(NotSupportedError):
        cursor.execute(names, {"name": ""})
    cursor.execute("ROLLBACK TO s")
    cursor.execute(names, {"name": ""})
    assert cursor.fetchall() == []


def test_plans_that_the_session_lost_do_no_harm(cursor: CursorWrapper) -> None:
    other = connection.copy()
    try:
        with other.cursor() as another:
            another.execute(SUM, {"a": 1, "b": 2})
            another.execute("DISCARD ALL")
            another.execute(SUM, {"a": 1, "b": 2})
            assert another.fetchone() == (3, 2)
    finally:
        other.close()


def test_a_connection_that_could_not_ask_is_not_taken_for_one_without_pooler(
    cursor: CursorWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_self: Connection) -> int:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "_server_process", fails)
        with pytest.raises(OperationalError):
            cursor.execute(SUM, {"a": 1, "b": 2})
    monkeypatch.setattr(Connection, "_server_process", lambda _self: 0)
    cursor.execute(SUM, {"a": 1, "b": 2})
    assert plans(cursor) == 0


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items())
def test_a_session_has_its_guards_from_the_database(cursor: CursorWrapper, name: str, value: str) -> None:
    cursor.execute(f"SHOW {name}")
    assert cursor.fetchone() == (value,)


def test_a_process_that_meets_sessions_without_guards_logs_it_once(caplog: pytest.LogCaptureFixture) -> None:
    _warn_once.cache_clear()
    for _ in range(2):
        bare = connection.copy()
        bare.settings_dict["OPTIONS"]["options"] = f"-c {GUARD}=0"
        try:
            with bare.cursor() as cursor:
                cursor.execute(SUM, {"a": 1, "b": 2})
        finally:
            bare.close()
    (message,) = caplog.messages
    assert message.startswith(f"{GUARD} is 0: a process that hangs would keep its locks. Run manage.py prepare")
    _warn_once.cache_clear()


def test_options_of_the_url_are_kept() -> None:
    url = "postgres://ada@db.example/social?options=-c%20search_path%3Dsocial&connect_timeout=9&sslmode=require"
    options = _database(url)["OPTIONS"]
    assert options["options"] == "-c search_path=social"
    assert (options["connect_timeout"], options["sslmode"]) == (9, "require")
    assert options["tcp_user_timeout"] == 15_000
