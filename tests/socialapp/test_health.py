"""What readyz says of what this process needs."""

import socket
from collections import namedtuple
from pathlib import Path
from threading import Thread

import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings

from socialapp.web import health

Usage = namedtuple("Usage", "total used free")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_no_writes_is_not_ready() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        answer = Client().get("/readyz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET default_transaction_read_only")
    assert (answer.status_code, answer.json()["database"]) == (503, "InternalError")
    assert Client().get("/readyz").json()["database"] == "ok"


@pytest.mark.django_db
def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "disk" not in Client().get("/readyz").json()

    def full(_folder: Path) -> Usage:
        return Usage(2**40, 2**40, 3 * 2**20)

    monkeypatch.setattr(health, "disk_usage", full)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["disk"]) == (503, "3 MB are free in the data folder")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_answers_nothing_is_waited_for_once() -> None:
    asked: list[tuple[socket.socket, object]] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:

        def accept() -> None:
            while True:
                try:
                    asked.append(silent.accept())
                    asked[-1][0].close()
                except OSError:
                    return

        Thread(target=accept, daemon=True).start()
        where = connection.settings_dict.copy()
        connection.close()
        connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": silent.getsockname()[1]}
        try:
            faults = health.faults()
        finally:
            connection.settings_dict |= where
            silent.shutdown(socket.SHUT_RDWR)
    assert {type(faults[part]) for part in ("database", "migrations", "guards")} == {OperationalError}
    assert len(asked) == 1


@pytest.mark.django_db(transaction=True)
def test_sessions_that_nothing_would_end_are_named() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
    try:
        answer = Client().get("/readyz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET idle_in_transaction_session_timeout")
    assert answer.status_code == 503
    assert answer.json()["guards"].startswith("idle_in_transaction_session_timeout is 0")
    assert "guards" not in Client().get("/readyz").json()


@pytest.mark.django_db
def test_why_it_is_not_ready_is_logged_once_and_that_it_is_again(caplog: pytest.LogCaptureFixture) -> None:
    Client().get("/readyz")
    caplog.clear()
    with override_settings(BROKER_URL="redis://127.0.0.1:9/0"):
        for _ in range(3):
            assert Client().get("/readyz").json()["broker"] == "ConnectionError"
    for _ in range(2):
        assert Client().get("/readyz").status_code == 200
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2, said
    assert said[0].startswith("Not ready: broker: ConnectionError: ")
    assert "127.0.0.1:9" in said[0]
    assert said[1] == "Ready again."
