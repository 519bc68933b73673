"""The live process as an ASGI application: `/live/` is a stream, `/live/watch/` sets which posts it watches."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host

from notifications.inbox.cursor import Cursor
from notifications.live.auth import Credential
from notifications.live.hub import Hub
from notifications.live.stream import Send, Stream
from socialapp.api.problems import CONTENT_TYPE, problem
from socialapp.users.queries import token_digest
from socialapp.users.sessions import stored_key
from socialapp.web.metrics import CHALLENGE, is_allowed

STREAMS_PER_PERSON = 12
WATCHED_POSTS = 200
WATCH_BYTES = 10_000
_SESSION_KEY = re.compile(r"[a-z0-9]{8,40}")
HEAD = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # Proxies that gather what they pass on (nginx) must not.
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]

Scope = dict[str, Any]
Receive = Callable[[], Any]


class Refused(Exception):
    """A refusal, answered as a problem (RFC 9457)."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


@dataclass(frozen=True)
class LiveRequest:
    """The parts of a request that matter here."""

    scope: Scope

    @cached_property
    def headers(self) -> dict[str, str]:
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.scope["headers"]}

    @cached_property
    def query(self) -> dict[str, str]:
        text = self.scope["query_string"].decode("latin-1")
        try:
            return {name: values[-1] for name, values in parse_qs(text, max_num_fields=20).items()}
        except ValueError as error:
            raise Refused(400, "The address has too many parts.") from error

    @property
    def credential(self) -> Credential | None:
        """A bearer token, else the cookie of a session."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return Credential("token", token_digest(value.strip()))
        # As the pages read it: http.cookies lets one odd cookie of another program hide all that follow.
        key = parse_cookie(self.headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
        # Credentials that arrive together are checked by one query: one that PostgreSQL refuses would fail them all.
        return Credential("session", stored_key(key)) if _SESSION_KEY.fullmatch(key) else None

    @property
    def cursor(self) -> Cursor | None:
        """The cursor: in the header when a browser reconnects, in the address when it opens a new stream."""
        return Cursor.read(self.headers.get("last-event-id", "") or self.query.get("after", ""))

    @property
    def origin(self) -> str | None:
        """The origin of the requesting page, if it is one of ours: by SOCIALAPP_URL, or by the requested host.

        Any port of that host will do on a laptop, where pages and streams have one each; with https, only ours.
        """
        origin, host = self.headers.get("origin", ""), self.headers.get("host", "")
        if origin == settings.PUBLIC_URL:
            return origin
        if settings.PUBLIC_URL.startswith("https://"):
            return origin if origin == f"https://{host}" else None
        return origin if _host_of(origin) == _host_of(f"//{host}") is not None else None

    @property
    def is_for_us(self) -> bool:
        """Whether the Host header names one of our hosts."""
        return validate_host(split_domain_port(self.headers.get("host", ""))[0], settings.ALLOWED_HOSTS)


def _host_of(url: str) -> str | None:
    """The host of a URL; None if there is none, or it is not a URL."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


class Live:
    """The ASGI application. It holds at most `most_streams`, and refuses more."""

    def __init__(self, hub: Hub, most_streams: int) -> None:
        self.hub, self.most_streams = hub, most_streams
        self.refused: Counter[int] = Counter()  # by status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        asked = LiveRequest(scope)
        try:
            await self._answer(asked, receive, send)
        except Refused as refused:
            self.refused[refused.status] += 1
            await _refuse(asked, refused, send)

    async def _answer(self, asked: LiveRequest, receive: Receive, send: Send) -> None:
        path, method = asked.scope["path"].rstrip("/"), asked.scope["method"]
        if path == "/live/healthz":
            await _say(send, 200, {"status": "ok", "streams": len(self.hub.streams)})
        elif asked.scope["path"] == "/live/metrics" and settings.METRICS_TOKEN:  # as proxies refuse it
            await self._metrics(asked, send)
        elif path not in {"/live", "/live/watch"}:
            raise Refused(404, "Live streams are at /live/.")
        elif method != ("GET" if path == "/live" else "POST"):
            raise Refused(405, f"This answers to {'GET' if path == '/live' else 'POST'} only.")
        elif asked.headers.get("origin") and not asked.origin:
            raise Refused(403, "Pages of other sites may not listen.")
        elif not asked.is_for_us:
            raise Refused(400, "This server is not known by this name.")
        elif path == "/live":
            await self._stream(asked, receive, send)
        else:
            await self._watch(asked, receive, send)

    async def _metrics(self, asked: LiveRequest, send: Send) -> None:
        if not is_allowed(asked.headers.get("authorization", "")):
            raise Refused(401, "Send the token of SOCIALAPP_METRICS.", www_authenticate=CHALLENGE)
        # Imported where metrics are wanted only: it takes memory.
        from notifications.live.metrics import exposition

        content_type, text = exposition(
            streams=len(self.hub.streams),
            people=self.hub.people,
            most_streams=self.most_streams,
            refused=self.refused,
        )
        await _send(send, 200, text, [], content_type)

    async def _stream(self, asked: LiveRequest, receive: Receive, send: Send) -> None:
        stream, admission = await self._admitted(asked, send)
        await send({"type": "http.response.start", "status": 200, "headers": HEAD + _letting_in(asked)})
        mine = asyncio.current_task()
        stream.cut = mine.cancel if mine else None
        self.hub.open(stream, admission, asked.cursor, _ids(asked.query.get("posts", "").split(",")))
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError as error:
            raise ConnectionAbortedError("A listener took nothing for too long.") from error
        finally:
            self.hub.close(stream)

    async def _admitted(self, asked: LiveRequest, send: Send) -> tuple[Stream, Any]:
        if self.hub.stopping or len(self.hub.streams) >= self.most_streams:
            raise Refused(503, "This process holds as many streams as it may. Come back later.", retry_after="10")
        credential = asked.credential
        try:
            admission = await self.hub.admit(credential) if credential else None
        except ConnectionError as error:
            raise Refused(503, "The database is away. Come back later.", retry_after="5") from error
        if not credential or not admission:
            raise Refused(401, "Log in, or send a token: Authorization: Bearer.", www_authenticate='Bearer realm="api"')
        if self.hub.streams_of(admission.person_id) >= STREAMS_PER_PERSON:
            raise Refused(429, f"You have {STREAMS_PER_PERSON} streams open. Close one first.", retry_after="60")
        wanted = asked.query.get("entries", "1" if credential.kind == "token" else "0")
        return Stream(admission.person_id, credential, send, entries_wanted=wanted == "1"), admission

    async def _watch(self, asked: LiveRequest, receive: Receive, send: Send) -> None:
        """{"stream": its id, "posts": [id]}. The id is a secret of the listener, so nothing else is asked for."""
        try:
            body = json.loads(await _body(receive))
            stream_id, posts = str(body["stream"]), _ids(body["posts"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Refused(400, 'Send {"stream": "…", "posts": [1, 2]}.') from error
        if not self.hub.watch(stream_id, posts):
            raise Refused(404, "This stream has ended, or is another process's.")
        await _say(send, 200, {"watched": len(posts)}, _letting_in(asked))


def _ids(values: list[Any]) -> list[int]:
    """Post ids; anything else is ignored."""
    texts = (str(value) for value in values[:WATCHED_POSTS])
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18]


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > WATCH_BYTES:
            raise Refused(413, "This is too large. Send less at once.")
        if not message.get("more_body"):
            return bytes(body)


def _letting_in(asked: LiveRequest) -> list[tuple[bytes, bytes]]:
    """The headers that allow our pages to read it, which on a laptop come from another port (Fetch, 3.2)."""
    if not asked.origin:
        return []
    return [
        (b"access-control-allow-origin", asked.origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"origin"),
    ]


async def _refuse(asked: LiveRequest, refused: Refused, send: Send) -> None:
    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in refused.headers.items()]
    body = problem(refused.status, refused.detail)
    await _say(send, refused.status, body, headers + _letting_in(asked), CONTENT_TYPE)


async def _say(
    send: Send,
    status: int,
    body: dict[str, Any],
    headers: list[tuple[bytes, bytes]] | None = None,
    content_type: str = "application/json",
) -> None:
    await _send(send, status, json.dumps(body).encode(), headers or [], content_type)


async def _send(send: Send, status: int, text: bytes, headers: list[tuple[bytes, bytes]], content_type: str) -> None:
    head = [(b"content-type", content_type.encode()), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": head + headers})
    await send({"type": "http.response.body", "body": text})
