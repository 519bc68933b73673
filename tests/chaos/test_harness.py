"""What does the harm, and what writes it down, does what it says."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.chaos.links import HOST, Link
from tests.chaos.record import Record, Try, longest_silence_s

SOON_S = 10.0
NEVER_S = 0.3


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def with_link(act: Callable[[Link, Callable[[], Awaitable[Line]]], Awaitable[None]]) -> None:
    """To a server that says what it hears; and a way to connect."""

    async def run() -> None:
        server = await asyncio.start_server(_echo, HOST, 0)
        link = Link("echo", lambda: server.sockets[0].getsockname()[:2])
        await link.open()
        lines: list[Line] = []

        async def connect() -> Line:
            lines.append(await asyncio.open_connection(HOST, link.port))
            return lines[-1]

        try:
            await act(link, connect)
        finally:
            for _, writer in lines:
                writer.close()
            link.close()
            server.close()
            await asyncio.sleep(NEVER_S)  # both ends hear of it

    asyncio.run(run())


async def _ask(line: Line, patience_s: float = SOON_S) -> bytes:
    reader, writer = line
    writer.write(b"hello")
    return await asyncio.wait_for(reader.read(100), patience_s)


def test_a_good_line_and_one_that_is_cut() -> None:
    async def act(link: Link, connect: Callable[[], Awaitable[Line]]) -> None:
        line = await connect()
        assert await _ask(line) == b"hello"
        assert link.cut() == 1
        with pytest.raises(ConnectionResetError):
            await _ask(line)
        again = await connect()
        assert await _ask(again) == b"hello"

    with_link(act)


def test_a_black_hole_lets_go_of_what_it_held() -> None:
    async def act(link: Link, connect: Callable[[], Awaitable[Line]]) -> None:
        line = await connect()
        assert await _ask(line) == b"hello"
        link.hold()
        with pytest.raises(TimeoutError):
            await _ask(line, NEVER_S)
        link.heal()
        assert await asyncio.wait_for(line[0].read(100), SOON_S) == b"hello"

    with_link(act)


def test_who_was_not_heard_is_cut_off() -> None:
    async def act(link: Link, connect: Callable[[], Awaitable[Line]]) -> None:
        line = await connect()
        link.deaf = True
        with pytest.raises(TimeoutError):
            await _ask(line, NEVER_S)
        link.heal()
        with pytest.raises(ConnectionResetError):
            await _ask(line)

    with_link(act)


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ([201], "accepted"),
        ([None, 500, 200], "accepted"),
        ([404], "refused"),
        ([None, 404], "unknown"),
        ([503, 404], "unknown"),
        ([None, None], "unknown"),
    ],
)
def test_what_came_of_an_intention(tmp_path: Path, statuses: list[int | None], outcome: str) -> None:
    record = Record(tmp_path)
    intention = record.begin("ada", "like", 1.0, post=1)
    intention.tries += [Try(1.0, 2.0, status) for status in statuses]
    record.end(intention)
    record.close()
    (line,) = record.path.read_text().splitlines()
    assert json.loads(line)["outcome"] == outcome


def test_how_long_nothing_was_accepted(tmp_path: Path) -> None:
    record = Record(tmp_path)
    for at, status in ((10.0, 201), (12.0, None), (40.0, 503), (50.0, 204), (58.0, 404)):
        intention = record.begin("ada", "like", at, post=1)
        intention.tries.append(Try(at, at, status))
        record.end(intention)
    record.close()
    assert longest_silence_s(record.path, 0.0, 60.0) == 40.0
    assert longest_silence_s(record.path, 45.0, 60.0) == 10.0
