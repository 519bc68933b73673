"""A run is CorrectnessError when something is lost, doubled or an error, and never because it took long."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from benchmarks.bench import CorrectnessError, Settings
from benchmarks.http import saturation, trial
from benchmarks.http.saturation import Attempt
from benchmarks.systems.system import Request
from tests.benchmarks.servers import CREATED, Server, at_once, serving, stalls


class FakeStack:
    """Inbox rows are what its server was asked for, as `rows` sees it."""

    name = "fake"

    def __init__(self, server: Server, rows: Callable[[int], int]) -> None:
        self.url, self._server, self._rows = server.url, server, rows

    def likes(self, number: int, *, posts: int) -> Iterator[Request]:
        return (Request("PUT", f"/{n}") for n in range(number))

    def inbox_rows(self) -> int:
        return self._rows(len(self._server.heard))

    def latencies(self, since: float) -> list[float]:
        return [0.01] * len(self._server.heard)


@contextmanager
def fake(
    answer: Callable[[int, socket.socket], None] = at_once, rows: Callable[[int], int] = lambda heard: heard
) -> Iterator[Any]:
    with serving(answer) as server:
        yield FakeStack(server, rows)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "GIVE_UP_S", 0.2)
    monkeypatch.setattr(trial, "TWICE_S", 0.0)


def test_all_is_well() -> None:
    with fake() as stack:
        found = trial.trial(stack, rate=50, seconds=0.2)
    assert (found.offered.accepted, found.backlog, found.road) == (10, 0, [0.01] * 10)
    assert found.summary()["road_p99_ms"] == 10


def test_one_is_lost() -> None:
    with (
        fake(rows=lambda heard: heard - heard // 10) as stack,
        pytest.raises(CorrectnessError, match=r"1 of 10 .* lost"),
    ):
        trial.trial(stack, rate=50, seconds=0.2)


def test_one_is_doubled() -> None:
    with (
        fake(rows=lambda heard: heard + heard // 10) as stack,
        pytest.raises(CorrectnessError, match=r"10 likes .* hold 11"),
    ):
        trial.trial(stack, rate=50, seconds=0.2)


def test_one_is_an_error() -> None:
    def answer(number: int, connection: socket.socket) -> None:
        connection.sendall(CREATED.replace(b"201", b"503") if number == 3 else CREATED)

    with fake(answer) as stack, pytest.raises(CorrectnessError, match="'503': 1"):
        trial.trial(stack, rate=50, seconds=0.2)


def test_one_was_not_new() -> None:
    def answer(number: int, connection: socket.socket) -> None:
        connection.sendall(CREATED.replace(b"201", b"200") if number == 3 else CREATED)

    with fake(answer) as stack, pytest.raises(CorrectnessError, match="'200': 1"):
        trial.trial(stack, rate=50, seconds=0.2)


def test_slowness_is_not_wrong_and_is_told() -> None:
    with fake(stalls(at=10, seconds=0.3)) as stack:
        found = trial.trial(stack, rate=50, seconds=0.2)
    assert found.behind_s >= 0.3


def test_a_closed_loop_ends_with_its_seconds() -> None:
    def answer(_number: int, connection: socket.socket) -> None:
        time.sleep(0.001)  # one after the other: fewer than are prepared
        connection.sendall(CREATED)

    with fake(answer) as stack:
        found = trial.trial(stack, rate=None, seconds=0.2, connections=2)
    assert 0 < found.offered.accepted < 4_000 * 0.2


def test_the_backlog_counts_as_behind() -> None:
    seen: list[int] = []

    def rows(heard: int) -> int:
        seen.append(heard)
        return 0 if len(seen) <= 2 else heard  # first it is asked before the load, then at its end

    with fake(rows=rows) as stack:
        tried, _ = saturation.attempt(stack, 50, 0.2)
    assert tried.behind_s >= 10 / 50


@pytest.mark.parametrize(("behind_s", "kept_up"), [(0.0, True), (0.9, True), (1.2, False)])
def test_over_a_minute_who_is_a_second_behind_kept_up(behind_s: float, kept_up: bool) -> None:
    assert Attempt(100, 60, behind_s).kept_up is kept_up


@pytest.mark.parametrize("limit", [40.0, 95.0, 100.0, 130.0, 300.0])
def test_the_highest_rate_is_found_from_above_and_from_below(monkeypatch: pytest.MonkeyPatch, limit: float) -> None:
    """The closed loop got through 100 a second."""
    tried: list[float] = []

    def attempt(stack: Any, rate: float, seconds: float) -> tuple[Attempt, None]:
        tried.append(rate)
        return Attempt(rate, seconds, 0.0 if rate <= limit else seconds), None

    monkeypatch.setattr(saturation, "attempt", attempt)
    monkeypatch.setattr(saturation, "trial", lambda *_, **__: _Closed)
    with fake() as stack:
        found, attempts = saturation.search(stack)
    assert found <= limit < found * saturation.STEP
    assert [each.rate for each in attempts] == tried


class _Closed:
    """100 a second."""

    delivered_after_s = 1.0

    class offered:  # noqa: N801
        accepted, wall_s = 200, 1.0


def test_a_saturation_is_looked_for_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    calls: list[str] = []

    def search(stack: Any) -> tuple[float, list[Attempt]]:
        calls.append(stack.name)
        return 123.0, []

    monkeypatch.setattr(saturation, "search", search)
    settings = Settings(quick=False, data=tmp_path)
    with fake() as stack:
        found = [saturation.saturation(stack, settings, "fake") for _ in range(3)]
        quick = saturation.saturation(stack, Settings(quick=True, data=tmp_path), "fake")
    assert (found, calls, quick) == ([123.0] * 3, ["fake"], saturation.QUICK_RATE)
