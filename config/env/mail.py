"""How mails are sent."""

import json
import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from email.utils import getaddresses, parseaddr
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from urllib.parse import unquote, urlsplit

import anymail.backends
from django.core.exceptions import ImproperlyConfigured

from config.env.hosts import check_server, in_mail_address, is_mail_address
from config.env.reading import parts_of
from config.env.site import Site

_NAME_OF_SETTING = re.compile(r"[A-Z][A-Z0-9_]*")
_TEXTS = ("_KEY", "_TOKEN", "_SECRET", "_ID", "_URL")
# What each backend of django-anymail cannot do without; a test holds this to the backends. The others need nothing.
NEEDED = {
    "brevo": ["API_KEY"],
    "mailersend": ["API_TOKEN"],
    "mailgun": ["API_KEY"],
    "mailjet": ["API_KEY", "SECRET_KEY"],
    "mailtrap": ["API_TOKEN"],
    "mandrill": ["API_KEY"],
    "postal": ["API_KEY", "API_URL"],
    "postmark": ["SERVER_TOKEN"],
    "resend": ["API_KEY"],
    "scaleway": ["SECRET_KEY", "PROJECT_ID"],
    "sendgrid": ["API_KEY"],
    "sendinblue": ["API_KEY"],
    "sparkpost": ["API_KEY"],
    "unisender_go": ["API_KEY", "API_URL"],
}


@dataclass(frozen=True)
class Mail:
    """Where mails go: an SMTP server. `tls` is implicit TLS, `starttls` the upgrade."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    starttls: bool


class Mails(Site):
    """The SMTP server or provider, and the sender."""

    @cached_property
    def mail(self) -> Mail | None:
        url = os.environ.get("SOCIALAPP_MAIL_URL") or self._embedded.get("SOCIALAPP_MAIL_URL")
        if not url or self.mail_provider:
            return None
        parts = parts_of("SOCIALAPP_MAIL_URL", url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ImproperlyConfigured(
                "SOCIALAPP_MAIL_URL must look like smtp://user:password@host:587, or anymail://mailgun."
            )
        check_server("SOCIALAPP_MAIL_URL", parts)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if parts.path.strip("/") or parts.query:
            raise ImproperlyConfigured(
                "SOCIALAPP_MAIL_URL must end after the port. In user and password, write / as %2F and ? as %3F."
            )
        if not all(part.isascii() and part.isprintable() for part in (user, password)):
            raise ImproperlyConfigured(
                "SOCIALAPP_MAIL_URL: user and password must be of ASCII letters, digits and signs: the log-in of mail "
                "servers has no others. Have another password made."
            )
        if bool(user) != bool(password):
            raise ImproperlyConfigured(
                "SOCIALAPP_MAIL_URL must name user and password, or neither: smtp://user:password@host:587."
            )
        tls = parts.scheme == "smtps"
        port = parts.port or (465 if tls else 587)
        return Mail(
            host=parts.hostname,
            port=port,
            user=user,
            password=password,
            tls=tls,
            starttls=not tls and port == 587,
        )

    @cached_property
    def mail_provider(self) -> str | None:
        """The name of django-anymail's backend module: anymail://mailgun is `mailgun`."""
        parts = parts_of("SOCIALAPP_MAIL_URL", os.environ.get("SOCIALAPP_MAIL_URL", ""))
        if parts.scheme != "anymail":
            return None
        modules = sorted(module.name for module in iter_modules(anymail.backends.__path__))
        known = [name for name in modules if not name.startswith("base")]
        if parts.hostname not in known:
            near = get_close_matches(parts.hostname or "", known, 1)
            raise ImproperlyConfigured(
                f"SOCIALAPP_MAIL_URL: django-anymail knows no provider {parts.hostname}. "
                + (f"Did you mean anymail://{near[0]}?" if near else f"It knows {', '.join(known)}.")
            )
        self._check_needs_of(parts.hostname)
        return parts.hostname

    def _check_needs_of(self, provider: str) -> None:
        for need in NEEDED.get(provider, []):
            name = f"{provider.upper()}_{need}"
            if not self.anymail.get(name):
                raise ImproperlyConfigured(
                    f"SOCIALAPP_ANYMAIL: anymail://{provider} needs {name}. "
                    f'Add it to the JSON object: {{"{name}": "…"}}.'
                )
        try:
            import_module(f"anymail.backends.{provider}")
        except ImportError as error:  # its packages are not installed
            raise ImproperlyConfigured(
                f"SOCIALAPP_MAIL_URL: anymail://{provider}: {' '.join(str(error).split())}"
            ) from error

    @cached_property
    def anymail(self) -> dict[str, Any]:
        try:
            values = json.loads(os.environ.get("SOCIALAPP_ANYMAIL") or "{}")
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise ImproperlyConfigured('SOCIALAPP_ANYMAIL must be a JSON object: {"MAILGUN_API_KEY": "…"}.')
        for name, value in values.items():
            # Keys, tokens and addresses travel in headers and URLs.
            is_text = (
                isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip() != ""
            )
            if not _NAME_OF_SETTING.fullmatch(name) or (name.endswith(_TEXTS) and not is_text):
                raise ImproperlyConfigured(
                    f"SOCIALAPP_ANYMAIL: {name!a} must be a name of capitals, as in MAILGUN_API_KEY, and what stands "
                    "for it a text in quotes, of ASCII letters, digits and signs, without spaces around it."
                )
        return values

    @cached_property
    def mail_from(self) -> str:
        named = os.environ.get("SOCIALAPP_MAIL_FROM")
        one = len(getaddresses([named or ""])) == 1
        if named and not (one and named.isprintable() and is_mail_address(parseaddr(named)[1])):
            raise ImproperlyConfigured(f"SOCIALAPP_MAIL_FROM: {named} must look like My site <noreply@example.org>.")
        return named or f"socialapp <noreply@{in_mail_address(urlsplit(self.public_url).hostname or '')}>"
