"""A receiver of webhooks that verifies each with the library of Standard Webhooks, and drops what it had before."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

from config.sinks.script import Script


@dataclass
class Receiver:
    """One address. `messages` in the order of arrival, each `webhook-id` once; `times` how often each came."""

    secret: str = ""
    messages: list[Any] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


class WebhookSink:
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
        """204, as told, or 400 when it was not signed by who should have."""
        answer = await self.script.next()
        body = await request.read()
        if answer.code == -1 and request.transport:
            request.transport.abort()
        if answer.code:
            headers = {"Retry-After": answer.retry_after} if answer.retry_after else {}
            if 300 <= answer.code < 400:
                headers["Location"] = "http://169.254.169.254/latest/"
            return web.Response(status=answer.code, text=f"{answer.code} as told", headers=headers)
        receiver = self.receiver(request.match_info["name"])
        try:
            message = Webhook(receiver.secret).verify(body, dict(request.headers))
        except (WebhookVerificationError, EmptyWebhookSecretError, ValueError, RuntimeError) as error:
            receiver.refused.append(str(error))
            return web.Response(status=400, text=str(error))
        id_ = request.headers["webhook-id"]
        receiver.times[id_] = receiver.times.get(id_, 0) + 1
        if receiver.times[id_] == 1:
            receiver.messages.append(message)
        await self.script.yes(answer)
        return web.Response(status=204)

    async def show(self, request: web.Request) -> web.Response:
        """What came."""
        receiver = self.receiver(request.match_info["name"])
        return web.json_response({"messages": receiver.messages, "times": receiver.times, "refused": receiver.refused})
