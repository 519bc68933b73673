"""Runs the three fakes on loopback: one HTTP port and one SMTP port."""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

from bin.fakes.mail import KEPT, FakeMailServer
from bin.fakes.push import FakePushService
from bin.fakes.webhooks import FakeWebhooks, OpenFakeWebhooks

HOST = "127.0.0.1"
NAMES = {HOST, "localhost"}


class Fakes:
    """All of them.

    `POST /script/NAME` with {"answers": ["500", "429 7", "hang 30", "late 12", "reset"],
    "always": "ok"} tells email, push or webhook what to answer.
    `origin` is how others reach the HTTP port, when that is through a proxy. `door` is a secret with which each
    address begins: what lies here is everybody's mail, links that reset passwords included, and who may look is whoever
    was given the address; not each user of the machine, nor a page of the web that rebinds a name to it.
    """

    def __init__(self, *, origin: str = "", kept_mails: int = KEPT, door: str = "") -> None:
        self.mail = FakeMailServer(kept_mails)
        self.push = FakePushService()
        self.webhook = FakeWebhooks()
        self.url = ""
        self._origin = origin
        self._door = f"/{door}" if door else ""
        self.smtp_port = 0
        self._runner: web.AppRunner | None = None
        self._smtp: asyncio.Server | None = None

    async def start(self, http_port: int = 0, smtp_port: int = 0) -> None:
        """Listen; port 0 is any that is free."""
        app = web.Application(client_max_size=1_000_000, middlewares=[_by_our_name])
        routes = [*self.mail.routes(), *self.push.routes(), *self.webhook.routes()]
        routes.append(web.post("/script/{name}", self._tell))
        app.add_routes([web.route(each.method, self._door + each.path, each.handler) for each in routes])
        app.add_routes(OpenFakeWebhooks().routes())
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, http_port)
        await site.start()
        origin = f"http://{HOST}:{self._runner.addresses[0][1]}"
        self.url = origin + self._door
        self.push.origin, self.push.door = self._origin or origin, self._door
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
        if request.content_type != "application/json":
            # A page of another site cannot send this type without asking first.
            return web.Response(status=415, text="Send application/json.")
        said = await request.json()
        try:
            scripts[request.match_info["name"]].tell(said.get("answers", []), said.get("always", "ok"))
        except (KeyError, ValueError) as error:
            return web.Response(status=400, text=f"Not understood: {error}")
        return web.Response(status=204)


@web.middleware
async def _by_our_name(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.url.host not in NAMES:
        return web.Response(status=400, text="Not found under this host name.")
    return await handler(request)
