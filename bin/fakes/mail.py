"""A mail server that keeps what it is given, and a page to read it."""

import asyncio
import email
import email.policy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from html import escape
from typing import Any, AnyStr

from aiohttp import web
from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, Session

from bin.fakes.script import Answer, Script

KEPT = 500
LARGEST = 10_240_000  # Postfix's own limit
# An address of a network without brackets (RFC 5321, 4.1.3).
_MALFORMED = re.compile(r"@[\d.]+$")
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


class FakeMailServer:
    """Takes what the strictest real server takes, unless it was scripted to answer otherwise at some step.

    `answers_of` are for one recipient, each time. What it refused by itself is in `refused`. By itself it refuses as
    Postfix does (tests/notifications/test_postfix.py compares them): a log-in that is none of `logins`, any if there
    are none; a recipient who is none of `mailboxes`, if these are named; what is larger than `largest`; and, unless
    `smtputf8` is on, as it is with few servers, an address that is not of ASCII (RFC 6531).
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.mails: list[Mail] = []
        self.kept = kept
        self.script = Script()
        self.answers_of: dict[str, Answer] = {}
        self.refused: list[str] = []
        self.logins: dict[str, str] = {}
        self.mailboxes: set[str] | None = None
        self.largest = LARGEST
        self.smtputf8 = False

    def server(self) -> SMTP:
        """For one connection."""
        return _Server(
            self,
            hostname="127.0.0.1",
            data_size_limit=self.largest,
            enable_SMTPUTF8=self.smtputf8,
            auth_require_tls=not self.logins,  # and there is no TLS, so it is not offered
            authenticator=self._log_in,
        )

    def _log_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
        known = self.logins.get(given.login.decode(errors="replace"))
        if known is not None and known.encode() == given.password:
            return AuthResult(success=True)
        return AuthResult(
            success=False, handled=False, message="535 5.7.8 Error: authentication failed: authentication failure"
        )

    async def scripted_at(self, step: str, server: SMTP, recipient: str = "") -> str:
        """What was scripted for this step; "" for nothing."""
        of_recipient = self.answers_of.get(recipient)
        if of_recipient and of_recipient.step == step:
            answer = of_recipient
        elif self.script.step == step:
            answer = await self.script.next()
        else:
            return ""
        if answer.code == -1 and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
            return "421 gone"
        return f"{answer.code} {answer.retry_after or 'as scripted'}" if answer.code else ""

    async def handle_AUTH(self, server: SMTP, *_rest: Any) -> Any:  # noqa: N802  aiosmtpd's
        return await self.scripted_at("auth", server) or MISSING

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, _envelope: Envelope, sender: str, _options: Any
    ) -> Any:
        if scripted := await self.scripted_at("mail", server):
            return scripted
        return "501 5.1.7 Bad sender address syntax" if _MALFORMED.search(sender) else MISSING

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, to: str, _options: Any
    ) -> Any:
        if scripted := await self.scripted_at("rcpt", server, to):
            return scripted
        if _MALFORMED.search(to):
            return "501 5.1.3 Bad recipient address syntax"
        if not to.isascii() and not envelope.smtp_utf8:
            return "553 5.6.7 Must declare SMTPUTF8 to send unicode address"
        if self.mailboxes is not None and to not in self.mailboxes:
            return f"550 5.1.1 <{to}>: Recipient address rejected: User unknown in local recipient table"
        return MISSING

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await self.script.next() if self.script.step == "data" else Answer()
        if answer.code == -1:
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
            return "421 gone"
        if answer.code:
            usual = "5.1.1 no such mailbox" if answer.code == 550 else "as scripted"
            return f"{answer.code} {answer.retry_after or usual}"
        for to in envelope.rcpt_tos:
            if refusal := await self.scripted_at("data", server, to):
                return refusal
        content = envelope.original_content or b""
        if fault := fault_of(content, [option.upper() for option in envelope.mail_options]):
            self.refused.append(fault)
            return f"554 5.6.0 {fault}"
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
            f"<li><a href='mails/{n}/'>{escape(str(mail.message['Subject']))}</a><br>"
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
            f"<p><a href='../../'>All mails</a></p><h1>{escape(str(mail.message['Subject']))}</h1>"
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


# What aiosmtpd says, and what Postfix does.
_AS_POSTFIX = {
    "500 Error: strict ASCII mode": "553 5.6.7 Must declare SMTPUTF8 to send unicode address",
    "501 Error: SMTPUTF8 disabled": "555 5.5.4 Unsupported option: SMTPUTF8",
    "503 Error: need MAIL command": "503 5.5.1 Error: need MAIL command",
    "503 Error: need RCPT command": "503 5.5.1 Error: need RCPT command",
    "538 5.7.11 Encryption required for requested authentication mechanism": (
        "503 5.5.1 Error: authentication not enabled"
    ),
    "552 Error: message size exceeds fixed maximum message size": "552 5.3.4 Message size exceeds fixed limit",
    "552 Error: Too much mail data": "552 5.3.4 Error: message file too big",
    "553 5.1.3 Error: malformed address": "501 5.1.3 Bad recipient address syntax",
}


class _Server(SMTP):
    """Where aiosmtpd has no hook: its words, the banner, EHLO's refusal, STARTTLS."""

    async def push(self, status: AnyStr) -> None:
        words = status.decode() if isinstance(status, bytes) else status
        if words == "503 Error: need RCPT command" and self.envelope and self.envelope.mail_from:
            words = "554 5.5.1 Error: no valid recipients"
        await super().push(_AS_POSTFIX.get(words, words))

    async def _handle_client(self) -> None:
        if refusal := await self.event_handler.scripted_at("banner", self):
            await self.push(refusal)
            self._writer.close()
            return
        await super()._handle_client()

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        if refusal := await self.event_handler.scripted_at("ehlo", self):
            await self.push(refusal)
            return
        if self.event_handler.script.step == "starttls":
            await self.push(f"250-{self.hostname}")
            await self.push("250 STARTTLS")
            return
        await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:  # noqa: N802
        if refusal := await self.event_handler.scripted_at("ehlo", self):
            await self.push(refusal)
            return
        await super().smtp_HELO(hostname)

    async def smtp_STARTTLS(self, _arg: str) -> None:  # noqa: N802
        await self.push(await self.event_handler.scripted_at("starttls", self) or "454 4.7.0 TLS not available")


def fault_of(content: bytes, options: Sequence[str]) -> str:  # noqa: PLR0911  a list, read from above
    """What a strict server refuses in this mail; "" when nothing.

    Postfix with strict_8bitmime and strict_7bit_headers refuses 8-bit text that was not announced (RFC 6152) and
    bare line feeds; Gmail what has not exactly one From, Date and Message-ID, or these in a bad form (RFC 5322, 3.6).
    """
    header, _, _body = content.partition(b"\r\n\r\n")
    if re.search(rb"(?<!\r)\n|\r(?!\n)|\0", content):
        return "a bare CR or LF, or a NUL"
    if any(len(line) > 998 for line in content.split(b"\r\n")):
        return "a line of more than 998 bytes"
    if not header.isascii() and "SMTPUTF8" not in options:
        return "a header that is not ASCII"
    if not content.isascii() and not {"BODY=8BITMIME", "SMTPUTF8"} & set(options):
        return "8-bit text that was not announced"
    lines = header.split(b"\r\n")
    if any(not re.match(rb"[!-9;-~]+:|[ \t]+\S", line) for line in lines):
        return "a line in the header that is none"
    if long := [word for word in re.findall(rb"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=", header) if len(word) > 76]:
        return f"an encoded word of more than 76 characters: {long[0].decode()}"
    return _fault_of_headers(email.message_from_bytes(content, policy=email.policy.default))


def _fault_of_headers(message: EmailMessage) -> str:
    for name in ("From", "Date", "Message-ID"):
        if len(message.get_all(name, [])) != 1:
            return f"not exactly one {name}"
    for name in ("To", "Subject", "Reply-To", "MIME-Version", "Content-Type"):
        if len(message.get_all(name, [])) > 1:
            return f"more than one {name}"
    if not re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", str(message["Message-ID"]).strip()):
        return "a Message-ID that is none"
    if not getattr(message["Date"], "datetime", None):
        return "a Date that is none"
    addresses = [a for name in ("From", "To") for a in getattr(message[name], "addresses", ())]
    if not addresses or any("@" not in address.addr_spec for address in addresses):
        return "an address that is none"
    defects = [*message.defects, *(d for part in message.walk() for d in part.defects)]
    defects += [d for name, value in message.items() for d in getattr(value, "defects", ())]
    return f"malformed: {type(defects[0]).__name__}" if defects else ""


def _page(title: str, body: str) -> web.Response:
    return web.Response(
        text=f"<!doctype html><html lang=en><title>{escape(title)}</title>{_STYLE}{body}",
        content_type="text/html",
        headers={"Content-Security-Policy": POLICY},
    )
