"""Sends the reactions of a trace through the HTTP API, as many connections as asked, at the rate asked."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import aiohttp

from benchmarks.replay.cast import Cast
from benchmarks.replay.trace import Event

TIMEOUT_S = 30
RETRY_AFTER_S = 0.5


@dataclass
class Sent:
    """What came of it. `refused`: how often each reason was given; `latencies_s`: of the accepted, in seconds."""

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)
    seconds: float = 0.0


async def send(
    events: Sequence[Event],
    cast: Cast,
    *,
    url: str,
    rate: float,
    connections: int,
    retries: int,
    progress: Callable[[], object],
) -> Sent:
    """Each event once, in order, `rate` a second (0: as fast as it goes).

    One that fails is sent again up to `retries` times: the API makes a
    reaction that is repeated take effect once.
    """
    sent = Sent()
    numbered = iter(list(enumerate(events)))
    begun = time.perf_counter()
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)

    async def connection(session: aiohttp.ClientSession) -> None:
        for index, event in numbered:
            if rate:
                await asyncio.sleep(max(begun + index / rate - time.perf_counter(), 0))
            await _send_one(session, event, cast, url, retries, sent)
            progress()

    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        await asyncio.gather(*(connection(session) for _ in range(connections)))
    sent.seconds = time.perf_counter() - begun
    return sent


async def _send_one(
    session: aiohttp.ClientSession, event: Event, cast: Cast, url: str, retries: int, sent: Sent
) -> None:
    reason = ""
    for attempt in range(retries + 1):
        if attempt:
            await asyncio.sleep(RETRY_AFTER_S)
        begun = time.perf_counter()
        try:
            status = await _request(session, event, cast, url)
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = type(error).__name__
            continue
        if status in {200, 201}:
            sent.accepted += 1
            sent.latencies_s.append(time.perf_counter() - begun)
            return
        reason = str(status)
        if status < 500:
            break
    sent.refused[reason] += 1


async def _request(session: aiohttp.ClientSession, event: Event, cast: Cast, url: str) -> int:
    post = f"{url}/api/social/v1/posts/{cast.posts[event.target]}"
    headers = {"Authorization": f"Bearer {cast.tokens[event.actor]}"}
    if event.verb == "comment":
        headers["Idempotency-Key"] = f"replay-{event.line}"
        body = {"body": f"Line {event.line} of the trace."}
        request = session.post(f"{post}/comments/", json=body, headers=headers)
    else:
        request = session.put(f"{post}/{event.verb}/", headers=headers)
    async with request as answer:
        await answer.read()
        return answer.status
