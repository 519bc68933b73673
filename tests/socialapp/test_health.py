"""What readyz says of what this process needs."""

from collections import namedtuple
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from socialapp.http import health

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
