"""The three sinks under one roof: an HTTP port and an SMTP port of loopback."""

import asyncio

from aiohttp import web

from config.sinks.mail import KEPT, MailSink
from config.sinks.push import PushSink
from config.sinks.webhooks import WebhookSink

HOST = "127.0.0.1"


class Sinks:
    """All of them.

    `POST /script/NAME` with {"answers": ["500", "429 7", "hang 30", "late 12", "reset"],
    "always": "ok"} tells email, push or webhook what to answer.
    `origin` is how others reach the HTTP port, when that is through a proxy.
    """

    def __init__(self, *, origin: str = "", kept_mails: int = KEPT) -> None:
        self.mail = MailSink(kept_mails)
        self.push = PushSink()
        self.webhook = WebhookSink()
        self.url = ""
        self._origin = origin
        self.smtp_port = 0
        self._runner: web.AppRunner | None = None
        self._smtp: asyncio.Server | None = None

    async def start(self, http_port: int = 0, smtp_port: int = 0) -> None:
        """Listen; port 0 is any that is free."""
        app = web.Application(client_max_size=1_000_000)
        app.add_routes(self.mail.routes() + self.push.routes() + self.webhook.routes())
        app.add_routes([web.post("/script/{name}", self._tell)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, http_port)
        await site.start()
        self.url = f"http://{HOST}:{self._runner.addresses[0][1]}"
        self.push.origin = self._origin or self.url
        server = await asyncio.get_running_loop().create_server(self.mail.server, HOST, smtp_port)
        self._smtp = server
        self.smtp_port = server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close both ports."""
        if self._smtp:
            self._smtp.close()
        if self._runner:
            await self._runner.cleanup()

    async def _tell(self, request: web.Request) -> web.Response:
        scripts = {"email": self.mail.script, "push": self.push.script, "webhook": self.webhook.script}
        said = await request.json()
        try:
            scripts[request.match_info["name"]].tell(said.get("answers", []), said.get("always", "ok"))
        except (KeyError, ValueError) as error:
            return web.Response(status=400, text=f"Not understood: {error}")
        return web.Response(status=204)
