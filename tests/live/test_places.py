"""The place that a listener is given: never beyond what it was told."""

import asyncio
from collections.abc import Callable
from typing import Any

from notifications.inbox.unread_counts import InboxState
from notifications.live.app import Live
from notifications.live.auth import Admission, Credential
from notifications.live.hub import Hub
from notifications.live.stream import Stream
from notifications.live.updates import FollowedPost, InboxUpdate

ADA = 1
TOKEN = Credential("token", "of ada")
ENTRY = {"id": "n7", "kind": "like"}


class Wire:
    """What was sent; with it, a stream."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.stream = Stream(ADA, TOKEN, self.send, entries_wanted=True)

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        await asyncio.sleep(0)

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request"}

    @property
    def text(self) -> str:
        return "".join(message["body"].decode() for message in self.sent)


class SlowDatabase:
    """Answers when the test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[Any, ...], asyncio.Future[Any]]] = []

    async def ask(self, _query: Callable[..., Any], *args: Any) -> Any:
        self.asked.append((args, asyncio.get_running_loop().create_future()))
        return await self.asked[-1][1]


def look(seq: int, *entries: dict[str, Any]) -> InboxUpdate:
    return InboxUpdate(InboxState(seq, 0, seq, 1_000), list(entries))


async def settled() -> None:
    """All that can go on has gone on."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_only_the_last_word_of_what_is_told_at_once_has_the_place() -> None:
    async def told() -> str:
        wire = Wire()
        wire.stream.arrive(look(3), None, [], 1_000)
        wire.stream.add_posts([FollowedPost(5, 2, 900)])
        wire.stream.see(look(4, ENTRY))
        wire.stream.greet()
        await settled()
        return wire.text

    words = asyncio.run(told()).strip().split("\n\n")
    assert [word.split("event: ")[1].split("\n")[0] for word in words] == ["hello", "posts", "inbox"]
    assert ["id: " in word for word in words] == [False, False, True]


def test_a_goodbye_does_not_swallow_what_was_still_to_be_told() -> None:
    async def told() -> str:
        wire = Wire()
        wire.stream.arrive(look(3), None, [], 1_000)
        wire.stream.greet()
        await settled()
        wire.stream.see(look(4, ENTRY))
        wire.stream.end("restart", 500)
        await settled()
        assert [message["more_body"] for message in wire.sent] == [True, False]
        return wire.text

    words = asyncio.run(told())
    assert words.index('"entries":[{"id":"n7"') < words.index("event: bye")


def test_what_comes_while_somebody_is_welcomed_is_told_with_its_entries() -> None:
    async def asked() -> tuple[str, Any]:
        hub, wire, database = Hub(), Wire(), SlowDatabase()
        hub.database.close()
        hub.database = database  # type: ignore[assignment]
        hub._recent.ready.set()
        hub.open(wire.stream, Admission(ADA, ""), None, ())
        welcoming = asyncio.create_task(hub._welcome())
        await settled()
        hub.on_wakeup({"people": [ADA]})
        looking = asyncio.create_task(hub._look())
        await settled()
        database.asked[0][1].set_result({ADA: look(1)})
        database.asked[1][1].set_result({ADA: look(2)})
        await asyncio.gather(welcoming, looking)
        looking = asyncio.create_task(hub._look())
        await settled()
        since = database.asked[2][0][1]
        database.asked[2][1].set_result({ADA: look(2, ENTRY)})
        await looking
        await settled()
        return wire.text, since

    words, since = asyncio.run(asked())
    assert since == {ADA: 1}
    assert words.count('"entries":[{"id":"n7"') == 1


def test_who_is_gone_before_the_welcome_leaves_nothing_behind() -> None:
    async def left() -> dict[int, InboxState]:
        hub, wire, database = Hub(), Wire(), SlowDatabase()
        hub.database.close()
        hub.database = database  # type: ignore[assignment]
        hub._recent.ready.set()
        hub.open(wire.stream, Admission(ADA, ""), None, ())
        welcoming = asyncio.create_task(hub._welcome())
        await settled()
        hub.close(wire.stream)
        database.asked[0][1].set_result({ADA: look(1)})
        await welcoming
        return hub._standing

    assert asyncio.run(left()) == {}


def test_a_limit_that_was_hit_is_counted() -> None:
    async def counted() -> dict[int, int]:
        hub, wire = Hub(), Wire()
        full = Live(hub, most_streams=0)
        headers = [(b"host", b"127.0.0.1")]
        scope = {"type": "http", "path": "/live/", "method": "GET", "headers": headers, "query_string": b""}
        await full(scope, wire.receive, wire.send)
        hub.database.close()
        assert wire.sent[0]["status"] == 503
        return full.refused

    assert asyncio.run(counted()) == {503: 1}
