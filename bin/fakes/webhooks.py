"""A receiver of webhooks that verifies each with the library of Standard Webhooks, and drops what it had before."""

import asyncio
import re
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from multidict import CIMultiDictProxy
from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

from bin.fakes.script import Answer, Script

_ID = re.compile(r"[!-\-/-~]{1,256}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v1,[A-Za-z0-9+/]{43}=")
_TYPE = re.compile(r"\w+(\.\w+)*", re.ASCII)


@dataclass
class Receiver:
    """One address. `messages` in the order of arrival, each `webhook-id` once; `times` how often each came.

    It waits `hangs` seconds before it takes anything. `request_ids` has the X-Request-ID of each of `messages`.
    """

    secret: str = ""
    hangs: float = 0.0
    messages: list[Any] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    request_ids: list[str] = field(default_factory=list)


class FakeWebhooks:
    """Any number of receivers, by name."""

    def __init__(self) -> None:
        self.receivers: dict[str, Receiver] = {}
        self.script = Script()

    def routes(self) -> list[web.RouteDef]:
        """Receive, learn a secret, look."""
        return [
            web.post("/hooks/{name}", self.receive),
            web.put("/hooks/{name}", self.learn),
            web.get("/hooks/{name}", self.show),
        ]

    def receiver(self, name: str) -> Receiver:
        """The one of that name, made if need be."""
        return self.receivers.setdefault(name, Receiver())

    async def learn(self, request: web.Request) -> web.Response:
        """The secret that it verifies with, as the body."""
        self.receiver(request.match_info["name"]).secret = (await request.text()).strip()
        return web.Response(status=204)

    async def receive(self, request: web.Request) -> web.Response:
        """204, as scripted, or 400 with the rule that it breaks."""
        answer = await self.script.next()
        body = await request.read()
        if answer.code == -1 and request.transport:
            request.transport.abort()
        if answer.drip or answer.cut:
            return await _in_pieces(request, answer)
        if answer.code:
            headers = {"Retry-After": answer.retry_after} if answer.retry_after else {}
            if 300 <= answer.code < 400:
                headers["Location"] = "http://169.254.169.254/latest/"
            return web.Response(status=answer.code, text=f"{answer.code} as told", headers=headers)
        receiver = self.receiver(request.match_info["name"])
        await asyncio.sleep(receiver.hangs)
        try:
            message = _verified(request.headers, body, receiver.secret)
        except (WebhookVerificationError, EmptyWebhookSecretError, ValueError, RuntimeError) as error:
            receiver.refused.append(str(error))
            return web.Response(status=400, text=str(error))
        id_ = request.headers["webhook-id"]
        receiver.times[id_] = receiver.times.get(id_, 0) + 1
        if receiver.times[id_] == 1:
            receiver.messages.append(message)
            receiver.request_ids.append(request.headers.get("X-Request-ID", ""))
        await self.script.yes(answer)
        return web.Response(status=204)

    async def show(self, request: web.Request) -> web.Response:
        """What came."""
        receiver = self.receiver(request.match_info["name"])
        return web.json_response({"messages": receiver.messages, "times": receiver.times, "refused": receiver.refused})


class OpenFakeWebhooks(FakeWebhooks):
    """For a newcomer: open to each user of the machine, below /try/, and so it keeps little.

    The name of a receiver is chosen by its user; it gives no access to mails.
    """

    RECEIVERS, MESSAGES, LARGEST = 100, 20, 65_536

    def routes(self) -> list[web.RouteDef]:
        """The same, elsewhere."""
        return [
            web.route(each.method, each.path.replace("/hooks/", "/try/"), each.handler) for each in super().routes()
        ]

    def receiver(self, name: str) -> Receiver:
        """The one of that name; the oldest goes for a new one."""
        if name not in self.receivers and len(self.receivers) >= self.RECEIVERS:
            del self.receivers[next(iter(self.receivers))]
        return super().receiver(name)

    async def receive(self, request: web.Request) -> web.Response:
        """The newest messages are kept."""
        if (request.content_length or self.LARGEST + 1) > self.LARGEST:
            return web.Response(status=413, text="No more than 64 KB, and say how much.")
        answer = await super().receive(request)
        receiver = self.receiver(request.match_info["name"])
        for kept in (receiver.messages, receiver.refused, receiver.request_ids):
            del kept[: -self.MESSAGES]
        for id_ in list(receiver.times)[: -self.MESSAGES]:
            del receiver.times[id_]
        return answer


def _verified(headers: CIMultiDictProxy[str], body: bytes, secret: str) -> dict[str, Any]:
    """The message, verified over the very bytes that came. Raises ValueError where the library is more lenient.

    So are Svix's and the standard's verifiers in other languages: a timestamp of whole seconds, each header once, a
    secret of 24 to 64 bytes; and the payload is as the standard recommends.
    """
    _check_headers(headers)
    if not secret.startswith("whsec_") or not 24 <= len(b64decode(secret[6:], validate=True)) <= 64:
        raise ValueError("the secret is not whsec_ and 24 to 64 bytes in base64")
    message: Any = Webhook(secret).verify(body, dict(headers))
    if not isinstance(message, dict) or not {"type", "timestamp", "data"} <= set(message):
        raise ValueError("the payload has no type, timestamp and data")
    if not _TYPE.fullmatch(str(message["type"])) or datetime.fromisoformat(message["timestamp"]).tzinfo is None:
        raise ValueError("the payload's type is no words between dots, or its timestamp has no zone")
    return message


def _check_headers(headers: CIMultiDictProxy[str]) -> None:
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        if len(headers.getall(name, [])) != 1:
            raise ValueError(f"{name} comes {len(headers.getall(name, []))} times")
    if not _ID.fullmatch(headers["webhook-id"]):
        raise ValueError("webhook-id is empty, over 256 characters, or has a dot or a blank")
    if not _SECONDS.fullmatch(headers["webhook-timestamp"]):
        raise ValueError("webhook-timestamp is no number of whole seconds")
    if not all(_SIGNATURE.fullmatch(part) for part in headers["webhook-signature"].split(" ")):
        raise ValueError("webhook-signature is no list of v1,BASE64 with one blank between")
    if headers.get("Content-Type", "").partition(";")[0] != "application/json":
        raise ValueError("Content-Type is not application/json")


async def _in_pieces(request: web.Request, answer: Answer) -> web.Response:
    """A byte now and then, from the first one on; or the beginning of the first line, and then no more."""
    transport = request.transport
    for byte in b"HTTP/1.1 20" if answer.cut else b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
        if transport is None or transport.is_closing():  # the sender had enough
            break
        transport.write(bytes([byte]))
        await asyncio.sleep(answer.drip)
    if transport:
        transport.abort()
    return web.Response()
