"""A mail server that keeps what it is given, and a page to read it."""

import asyncio
import email
import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from html import escape

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.sinks.script import Script

KEPT = 500
# Only what a mail may be: no script, nothing from elsewhere.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'"
_STYLE = (
    "<meta name=viewport content='width=device-width'><meta name=color-scheme content='light dark'><style>"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:760px;margin:2rem auto;padding:0 1rem}"
    "li{margin:.5rem 0}small,time{opacity:.65}pre{white-space:pre-wrap;overflow-wrap:anywhere}"
    "iframe{width:100%;height:32rem;border:1px solid #8886;border-radius:8px}</style>"
)


@dataclass(frozen=True)
class Mail:
    """One that was accepted."""

    at: datetime
    to: str
    message: EmailMessage

    def part(self, kind: str) -> str:
        """Its text: "plain" or "html"."""
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body else ""


class MailSink:
    """Accepts all mail, unless told otherwise."""

    def __init__(self, kept: int = KEPT) -> None:
        self.mails: list[Mail] = []
        self.kept = kept
        self.script = Script()

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        answer = await self.script.next()
        if answer.code == -1:
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
            return "421 gone"
        if answer.code:
            return f"{answer.code} {'5.1.1 no such mailbox' if answer.code == 550 else 'as told'}"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        self.mails.append(Mail(datetime.now(UTC), ", ".join(envelope.rcpt_tos), message))
        del self.mails[: -self.kept]
        await self.script.yes(answer)
        return "250 OK"

    def routes(self) -> list[web.RouteDef]:
        """The page."""
        return [
            web.get("/", self.list),
            web.get(r"/mails/{number:\d+}/", self.show),
            web.get(r"/mails/{number:\d+}/html", self.html),
            web.get("/mails.json", self.json),
        ]

    async def list(self, _request: web.Request) -> web.Response:
        """The newest first."""
        items = "".join(
            f"<li><a href='/mails/{n}/'>{escape(str(mail.message['Subject']))}</a><br>"
            f"<small>to {escape(mail.to)}, {mail.at:%H:%M:%S} UTC</small></li>"
            for n, mail in reversed(list(enumerate(self.mails)))
        )
        return _page("Mails", f"<h1>Mails</h1><ul>{items}</ul>" if items else "<h1>Mails</h1><p>None yet.</p>")

    async def show(self, request: web.Request) -> web.Response:
        """Headers, HTML and text."""
        mail = self._mail(request)
        headers = "".join(f"{escape(name)}: {escape(str(value))}\n" for name, value in mail.message.items())
        html = f"<iframe sandbox='allow-popups' src='html' title='{escape(str(mail.message['Subject']))}'></iframe>"
        text = escape(mail.part("plain"))
        for word in sorted({w for w in text.split() if w.startswith("http")}, key=len, reverse=True):
            text = text.replace(word, f"<a href='{word}'>{word}</a>")
        return _page(
            str(mail.message["Subject"]),
            f"<p><a href='/'>All mails</a></p><h1>{escape(str(mail.message['Subject']))}</h1>"
            f"{html if mail.part('html') else ''}<pre>{text}</pre><pre><small>{headers}</small></pre>",
        )

    async def html(self, request: web.Request) -> web.Response:
        """As a mail program shows it."""
        return web.Response(
            text=self._mail(request).part("html"),
            content_type="text/html",
            headers={"Content-Security-Policy": POLICY},
        )

    async def json(self, _request: web.Request) -> web.Response:
        """For programs."""
        return web.json_response(
            [
                {
                    "at": mail.at.isoformat(),
                    "to": mail.to,
                    "headers": dict(mail.message.items()),
                    "text": mail.part("plain"),
                }
                for mail in self.mails
            ]
        )

    def _mail(self, request: web.Request) -> Mail:
        number = int(request.match_info["number"])
        if number >= len(self.mails):
            raise web.HTTPNotFound(text="There is no such mail.")
        return self.mails[number]


def _page(title: str, body: str) -> web.Response:
    return web.Response(
        text=f"<!doctype html><html lang=en><title>{escape(title)}</title>{_STYLE}{body}",
        content_type="text/html",
        headers={"Content-Security-Policy": POLICY},
    )
