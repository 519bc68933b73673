"""Shares of a processor, and what more workers add by the report."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from benchmarks.database import scale
from benchmarks.database.scale import Run
from benchmarks.database.waits import Waits
from benchmarks.http import bytes as on_disk
from benchmarks.http import pages
from benchmarks.systems.held import held
from tests.benchmarks.test_database import database_url

LOOKS_S = 2.0


@pytest.fixture
def spinning() -> Iterator[int]:
    """The id of a process that takes all that it can get."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield process.pid
    process.kill()
    process.wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hold processes to a share")
def test_a_process_has_its_share_and_no_more_and_is_let_go(spinning: int) -> None:
    process = psutil.Process(spinning)
    groups = Path(f"/proc/{spinning}/cgroup")
    before = groups.read_text()
    try:
        with held([spinning], 0.1):
            assert groups.read_text() != before
            used, begun = process.cpu_times().user, time.monotonic()
            time.sleep(LOOKS_S)
            share = (process.cpu_times().user - used) / (time.monotonic() - begun)
    except OSError as error:
        pytest.skip(f"there are no cgroups to write to: {error}")
    assert 0 < share < 0.2
    assert "socialapp" not in groups.read_text()


def run(rate: float, worker: float = 0.15, postgres: float = 0.3) -> Run:
    return Run(rate, {"worker": worker, "postgres": postgres}, {"WALSync": 0.7, "nothing": 0.3})


def test_growth_is_told_of_each_scene_and_held_against_the_goal_where_nothing_else_is_short() -> None:
    runs = {
        "to many": {1: [run(100), run(90), run(110)], 4: [run(350), run(370), run(360)]},
        "to one": {1: [run(100)], 4: [run(100)]},
    }
    figures = {figure.name: figure for figure in scale._figures(runs)}
    four = figures[f"{scale.SCENES['to many']}: 4 workers"]
    assert (four.value, four.spread, four.met) == (360, (350, 370), None)
    assert four.note == (
        "3.60 × one; worker 0.15 cores, postgres 0.30 cores, sessions wait for WALSync 70%, nothing 30%"
    )
    assert (figures["4 workers ÷ 1"].value, figures["4 workers ÷ 1"].met) == (3.6, True)
    assert figures[f"{scale.SCENES['to one']}: 4 workers"].note.startswith("1.00 × one")


@pytest.mark.django_db(transaction=True)
def test_what_sessions_wait_for_is_seen() -> None:
    """One holds a lock for which another waits, and says nothing to PostgreSQL."""
    holder, waiter = psycopg2.connect(database_url()), psycopg2.connect(database_url())
    with holder.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(77)")
    with Waits(database_url()) as waits, waiter.cursor() as cursor:
        cursor.execute("SET lock_timeout = '500ms'")
        with pytest.raises(psycopg2.errors.LockNotAvailable):
            cursor.execute("SELECT pg_advisory_xact_lock(77)")
    holder.close()
    waiter.close()
    assert {"the client", "advisory"} <= set(waits.shares())
    assert sum(waits.shares().values()) == pytest.approx(1)


def test_bytes_are_of_all_tables_and_the_wal_is_told_apart() -> None:
    grown = {"reactions_like": 100.0, "notifications_groupmember": 150.0, "users_person": 0.0, on_disk.WAL: 900.0}
    disk, wal = on_disk._figures({"like": [grown]})
    assert (disk.value, disk.note) == (250, "notifications_groupmember 150, reactions_like 100")
    assert (wal.name, wal.value) == ("like: in the WAL", 900)


def test_a_page_costs_what_web_and_postgresql_take() -> None:
    (figure,) = pages._figures({"page, home": [{"web": 8.0, "postgres": 2.0}, {"web": 9.0, "postgres": 3.0}]})
    assert (figure.value, figure.spread, figure.note) == (11, (10, 12), "web 8.5, postgres 2.5")
