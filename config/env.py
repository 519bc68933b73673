"""The one file that reads the environment; each value is checked here, at start.

| variable | meaning | when unset |
|---|---|---|
| SOCIALAPP_DATA | folder of data, logs, mail, secret key | `var/` in the checkout |
| SOCIALAPP_MEDIA | folder of pictures; on many machines, one that all of them share | `media/` in the data folder |
| DATABASE_URL | PostgreSQL 15 or later | the embedded one that `bin/up` started |
| DATABASE_DIRECT_URL | where DATABASE_URL leads to a pooler: PostgreSQL itself, for prepare and audit | DATABASE_URL |
| REDIS_URL | Redis 6.2, Valkey 7.2 or later | the embedded one |
| SOCIALAPP_URL | where people open it; with what all links begin, in mail too | http://127.0.0.1:8000 |
| SOCIALAPP_HOSTS | further names by which it is reached, comma separated | only that of SOCIALAPP_URL, and loopback |
| SOCIALAPP_PROXIES | how many proxies stand in front and append to X-Forwarded-For | 0; `check --deploy` asks |
| SOCIALAPP_ACCESS_LOG | 1: a line for each request in the log of web | 0 |
| SOCIALAPP_LIVE_URL | where pages find live streams: https://…/live/; /live/ behind a proxy | the port of `bin/up`'s |
| SOCIALAPP_SECRET_KEY | signing key, 50 characters or more | made at first start, kept in the data folder |
| SOCIALAPP_MAIL_URL | smtp://user:password@host:port, smtps://…; or anymail:// and a provider's name | the fakes' |
| SOCIALAPP_ANYMAIL | with anymail://: django-anymail's settings as JSON, {"MAILGUN_API_KEY": "…"} | {} |
| SOCIALAPP_MAIL_FROM | sender of mails | socialapp <noreply@host of SOCIALAPP_URL> |
| SOCIALAPP_CONTACT | mail or https: address where people, suspended ones too, reach who runs it | MAIL_FROM's, if set |
| SOCIALAPP_ALLOWED_PRIVATE_HOSTS | host:port, …: private addresses that webhooks and push may reach | the fakes' |
| SOCIALAPP_VAPID_CONTACT | mailto: or https: address that push services may turn to | MAIL_FROM's, or SOCIALAPP_URL |
"""

import ipaddress
import json
import os
import re
import secrets
from dataclasses import dataclass
from difflib import get_close_matches
from email.utils import getaddresses, parseaddr
from functools import cached_property
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import anymail.backends
from django.core.exceptions import ImproperlyConfigured

CHECKOUT = Path(__file__).resolve().parent.parent
# The contact for push services about a site that is not on the internet. They want an address whose host exists.
STAND_IN_CONTACT = "mailto:socialapp@example.org"
_ADDRESS = re.compile(r"(?!.*\.\.)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Za-z.:]+\])")
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})", re.IGNORECASE)
_NO_CONTACT = ' <>"\t\r\n\\'
# RFC 6761 and IANA's list of special-use names; `lan`, `home`, `corp` and `localdomain` are in wide private use.
_NEVER_PUBLIC = {
    "alt", "arpa", "corp", "home", "internal", "invalid", "lan", "local", "localdomain", "localhost", "onion", "test",
}  # fmt: skip
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# Each variable that is checked, and the property that does it.
CHECKED = {
    "SOCIALAPP_DATA": "data",
    "SOCIALAPP_MEDIA": "media",
    "DATABASE_URL": "database_url",
    "DATABASE_DIRECT_URL": "database_direct_url",
    "REDIS_URL": "redis_url",
    "SOCIALAPP_URL": "public_url",
    "SOCIALAPP_HOSTS": "named_hosts",
    "SOCIALAPP_PROXIES": "proxies",
    "SOCIALAPP_ACCESS_LOG": "access_log",
    "SOCIALAPP_LIVE_URL": "live_url",
    "SOCIALAPP_SECRET_KEY": "secret_key",
    "SOCIALAPP_MAIL_URL": "mail",
    "SOCIALAPP_ANYMAIL": "anymail",
    "SOCIALAPP_MAIL_FROM": "mail_from",
    "SOCIALAPP_CONTACT": "contact",
    "SOCIALAPP_ALLOWED_PRIVATE_HOSTS": "allowed_private_hosts",
    "SOCIALAPP_VAPID_CONTACT": "vapid_contact",
}
KNOWN = set(CHECKED)
# What Kubernetes puts into the environment of each pod, where a service is called socialapp.
_OF_KUBERNETES = re.compile(r"SOCIALAPP_(PORT|SERVICE_\w+|PORT_\w+)")
# RFC 1035, 2.3.4: each part of a name has at most 63 characters.
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_SERVER = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
LONGEST_HOST = 253
# Lists and JSON may be written in several lines.
_SPACED = {"SOCIALAPP_HOSTS", "SOCIALAPP_ALLOWED_PRIVATE_HOSTS", "SOCIALAPP_ANYMAIL"}
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
SHORTEST_KEY, FEWEST_LETTERS = 50, 5  # what Django's security.W009 asks for


@dataclass(frozen=True)
class Mail:
    """Where mails go: an SMTP server. `tls` is implicit TLS, `starttls` the upgrade."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    starttls: bool


class Environment:
    """What the environment says, parsed once. Raises ImproperlyConfigured with what to do."""

    def problems(self) -> list[str]:
        """What is wrong with the environment, all of it, a line each that says what to do."""
        found = []
        for variable, value in CHECKED.items():
            if self.named(variable):
                try:
                    _check_letters(variable)
                    getattr(self, value)
                except ImproperlyConfigured as error:
                    found.append(str(error))
        ours = [name for name in KNOWN if name.startswith("SOCIALAPP_")]
        for variable in sorted(os.environ.keys() - KNOWN):
            name = variable.upper()
            meant = name.startswith("SOCIALAPP_") or get_close_matches(name, ours, 1, 0.9)
            if meant and not _OF_KUBERNETES.fullmatch(variable):
                near = get_close_matches(name, ours, 1, 0.7)
                found.append(
                    f"{variable} is not a setting. "
                    + (f"Did you mean {near[0]}?" if near else "The settings are in docs/operations.md; unset it.")
                )
        return list(dict.fromkeys(found))

    def check(self) -> None:
        """Raises ImproperlyConfigured with all that is wrong."""
        if found := self.problems():
            raise ImproperlyConfigured("\n".join(found))

    @cached_property
    def data(self) -> Path:
        return _folder("SOCIALAPP_DATA", CHECKOUT / "var")

    @cached_property
    def media(self) -> Path:
        return _folder("SOCIALAPP_MEDIA", self.data / "media")

    def named(self, name: str) -> str | None:
        """The variable, if it is set and not empty. DATABASE_URL or REDIS_URL then name a server we need not start."""
        return os.environ.get(name) or None

    def of_children(self, *, data: Path, public_url: str) -> dict[str, str]:
        """The environment of the processes that `bin/up` starts."""
        return {
            **os.environ,
            "SOCIALAPP_DATA": str(data),
            "SOCIALAPP_URL": os.environ.get("SOCIALAPP_URL") or public_url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    @cached_property
    def _embedded(self) -> dict[str, str]:
        try:
            urls: dict[str, str] = json.loads((self.data / "embedded.json").read_text())
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError) as error:
            raise ImproperlyConfigured(
                f"Cannot read {self.data / 'embedded.json'}: {error}. Start bin/up, which makes it anew."
            ) from error
        return urls

    def _server(self, name: str) -> str:
        url = os.environ.get(name) or self._embedded.get(name)
        if not url:
            raise ImproperlyConfigured(
                f"No {name}, and no embedded server was ever started in {self.data}. "
                f"Start bin/up, or set {name}, or name the data folder in SOCIALAPP_DATA."
            )
        return url

    @cached_property
    def database_url(self) -> str:
        return _postgres("DATABASE_URL", self._server("DATABASE_URL"))

    @cached_property
    def database_direct_url(self) -> str | None:
        url = self.named("DATABASE_DIRECT_URL")
        return _postgres("DATABASE_DIRECT_URL", url) if url else None

    @cached_property
    def redis_url(self) -> str:
        url = self._server("REDIS_URL")
        parts = _parts("REDIS_URL", url)
        if parts.scheme not in {"redis", "rediss"} or not re.fullmatch(r"/?|/[0-9]{1,5}", parts.path, re.ASCII):
            raise ImproperlyConfigured("REDIS_URL must look like redis://:password@host:6379/0.")
        _check_server("REDIS_URL", parts)
        return url

    @cached_property
    def public_url(self) -> str:
        url = os.environ.get("SOCIALAPP_URL") or self._embedded.get("SOCIALAPP_URL") or "http://127.0.0.1:8000"
        parts = _parts("SOCIALAPP_URL", url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ImproperlyConfigured("SOCIALAPP_URL must look like https://social.example.")
        if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ImproperlyConfigured("SOCIALAPP_URL must end after the host, as in https://social.example.")
        if not _is_host(parts.hostname):
            raise ImproperlyConfigured(
                f"SOCIALAPP_URL: {parts.hostname} is not the name of a host. Write one with other letters as browsers "
                "send it: https://xn--bcher-kva.example for https://bücher.example."
            )
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @cached_property
    def hosts(self) -> list[str]:
        """Each Host that a request may name: of SOCIALAPP_URL, loopback, SOCIALAPP_HOSTS; what `bin/up --host` names.

        That last only on a laptop: where SOCIALAPP_URL is https, its own name is how people come.
        """
        is_laptop = self.public_url.startswith("http://")
        listens_as = self._embedded.get("LISTENS_AS", "").split() if is_laptop else []
        own = _as_host(urlsplit(self.public_url).hostname or "")
        return list(dict.fromkeys([own, *LOOPBACK, *self.named_hosts, *listens_as]))

    @cached_property
    def named_hosts(self) -> list[str]:
        """What SOCIALAPP_HOSTS adds."""
        named = [_as_host(name) for name in os.environ.get("SOCIALAPP_HOSTS", "").replace(",", " ").lower().split()]
        if wrong := [name for name in named if not _is_host(name.strip("[]"))]:
            raise ImproperlyConfigured(
                f"SOCIALAPP_HOSTS: {wrong[0]!a} is not the name of a host. It must look like social.example, 10.0.0.7: "
                "without https://, port or *."
            )
        return named

    @cached_property
    def proxies(self) -> int | None:
        """None when it is not set, which counts as 0."""
        value = os.environ.get("SOCIALAPP_PROXIES") or None
        if value is not None and not (value.isascii() and value.isdecimal() and int(value) < 10):
            raise ImproperlyConfigured(
                f"SOCIALAPP_PROXIES: {value} must be the number of proxies that stand in front: 1, or 0 when none does."
            )
        return None if value is None else int(value)

    @cached_property
    def access_log(self) -> bool:
        named = os.environ.get("SOCIALAPP_ACCESS_LOG") or "0"
        if named not in {"0", "1"}:
            raise ImproperlyConfigured(f"SOCIALAPP_ACCESS_LOG: {named} must be 1 or 0.")
        return named == "1"

    @cached_property
    def live_url(self) -> str | None:
        """As named; /live/ where SOCIALAPP_URL is https, as then a proxy stands before all; else live_port it is."""
        url = os.environ.get("SOCIALAPP_LIVE_URL")
        parts = _parts("SOCIALAPP_LIVE_URL", url or "")
        if url and not url.endswith("/live/"):
            raise ImproperlyConfigured("SOCIALAPP_LIVE_URL must end in /live/, as in https://social.example/live/.")
        if url and url != "/live/" and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ImproperlyConfigured("SOCIALAPP_LIVE_URL must look like https://social.example/live/, or be /live/.")
        if url and (parts.query or parts.fragment or "@" in parts.netloc or (parts.netloc and not _has_host(parts))):
            raise ImproperlyConfigured(
                f"SOCIALAPP_LIVE_URL: {url} must be a host that browsers find and a path: https://social.example/live/."
            )
        return url or ("/live/" if self.public_url.startswith("https://") else None)

    @cached_property
    def live_port(self) -> int | None:
        """Of the live process that `bin/up` started beside the web, on the same host."""
        return int(self._embedded["LIVE_PORT"]) if self._embedded.get("LIVE_PORT") else None

    @cached_property
    def secret_key(self) -> str:
        """From the environment, else from the data folder, where the first start makes it (0600)."""
        if key := os.environ.get("SOCIALAPP_SECRET_KEY"):
            if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_LETTERS:
                raise ImproperlyConfigured(
                    f"SOCIALAPP_SECRET_KEY can be guessed: it must have {SHORTEST_KEY} characters or more, and not the "
                    "same few again and again. Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'."
                )
            return key
        path = self.data / "secret_key"
        try:
            return self._kept_key(path)
        except (OSError, ValueError) as error:
            raise ImproperlyConfigured(
                f"SOCIALAPP_DATA: the secret key cannot be kept in {path}: {error}. Name a folder that this user may "
                "write to, or set SOCIALAPP_SECRET_KEY."
            ) from error

    def _kept_key(self, path: Path) -> str:
        try:
            return path.read_text()
        except FileNotFoundError:
            self.data.mkdir(parents=True, exist_ok=True)
        key = secrets.token_urlsafe(64)
        # Written aside and linked: of two processes that start at once, one key wins, whole.
        draft = path.with_name(f"secret_key.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(key)
        try:
            os.link(draft, path)
        except FileExistsError:
            return path.read_text()
        finally:
            draft.unlink()
        return key

    @cached_property
    def mail(self) -> Mail | None:
        url = os.environ.get("SOCIALAPP_MAIL_URL") or self._embedded.get("SOCIALAPP_MAIL_URL")
        if not url or self.mail_provider:
            return None
        parts = _parts("SOCIALAPP_MAIL_URL", url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ImproperlyConfigured(
                "SOCIALAPP_MAIL_URL must look like smtp://user:password@host:587, or anymail://mailgun."
            )
        _check_server("SOCIALAPP_MAIL_URL", parts)
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
        parts = _parts("SOCIALAPP_MAIL_URL", os.environ.get("SOCIALAPP_MAIL_URL", ""))
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
    def fakes_url(self) -> str | None:
        """The page of the fakes that `bin/up` started because no mail server was named."""
        return None if os.environ.get("SOCIALAPP_MAIL_URL") else self._embedded.get("FAKES_URL")

    @cached_property
    def allowed_private_hosts(self) -> frozenset[str]:
        """host:port of each private address that may be posted to."""
        named = os.environ.get("SOCIALAPP_ALLOWED_PRIVATE_HOSTS")
        value = named if named is not None else self._embedded.get("SOCIALAPP_ALLOWED_PRIVATE_HOSTS", "")
        addresses = value.replace(",", " ").lower().split()
        if wrong := [address for address in addresses if not _is_address(address)]:
            raise ImproperlyConfigured(
                f"SOCIALAPP_ALLOWED_PRIVATE_HOSTS: {wrong[0]!a} must look like host:port, a name of ASCII letters, "
                "or an IPv6 address in brackets."
            )
        # As urlsplit has a host: an IPv6 address without its brackets.
        return frozenset(address.replace("[", "").replace("]", "") for address in addresses)

    @cached_property
    def vapid_contact(self) -> str:
        """As named; else the sender of mails or this site, where that is on the internet; else STAND_IN_CONTACT."""
        if named := os.environ.get("SOCIALAPP_VAPID_CONTACT"):
            if not _is_contact(named):
                raise ImproperlyConfigured(
                    f"SOCIALAPP_VAPID_CONTACT: {named} must look like mailto:me@example.org or https://example.org, "
                    "with a host that is on the internet: push services refuse all others."
                )
            return named
        ours = (f"mailto:{parseaddr(self.mail_from)[1]}", self.public_url)
        return next((contact for contact in ours if _is_contact(contact)), STAND_IN_CONTACT)

    @cached_property
    def contact(self) -> str:
        """A mailto: or https: address; empty when none is named, or only one that takes no answers."""
        sender = parseaddr(os.environ.get("SOCIALAPP_MAIL_FROM", ""))[1]
        answers = not sender.lower().startswith(("noreply", "no-reply"))
        named = os.environ.get("SOCIALAPP_CONTACT") or (sender if answers else "")
        if named and not named.startswith(("https://", "mailto:")):
            named = f"mailto:{named}"
        parts = _parts("SOCIALAPP_CONTACT", named)
        if named and not (_is_mail_address(parts.path) if parts.scheme == "mailto" else _has_host(parts)):
            raise ImproperlyConfigured("SOCIALAPP_CONTACT must look like help@example.org or https://example.org/help.")
        return named

    @cached_property
    def mail_from(self) -> str:
        named = os.environ.get("SOCIALAPP_MAIL_FROM")
        one = len(getaddresses([named or ""])) == 1
        if named and not (one and named.isprintable() and _is_mail_address(parseaddr(named)[1])):
            raise ImproperlyConfigured(f"SOCIALAPP_MAIL_FROM: {named} must look like My site <noreply@example.org>.")
        return named or f"socialapp <noreply@{_in_mail_address(urlsplit(self.public_url).hostname or '')}>"


def _in_mail_address(host: str) -> str:
    """A host as RFC 5321, 4.1.3 has it in a mail address. Postfix takes no address of a network without brackets."""
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        return host
    return f"[IPv6:{host}]" if version == 6 else f"[{host}]"


def _is_contact(contact: str) -> bool:
    """Whether all push services take it as the `sub` of RFC 8292, 2.1. Apple's takes no host that has no address."""
    scheme, _, rest = contact.partition(":")
    if scheme == "mailto":
        return _is_mail_address(rest) and _is_public_name(rest.rpartition("@")[2])
    if scheme != "https" or not contact.isascii() or any(letter in contact for letter in _NO_CONTACT):
        return False
    try:
        parts = urlsplit(contact)
        if parts.port == 0:
            return False
    except ValueError:  # none of 65,535
        return False
    return parts.username is None and _is_public_name(parts.hostname or "")


def _is_public_name(host: str) -> bool:
    """Whether it can be a name of the public internet: no address, no single word, no name that is kept for others."""
    labels = host.lower().split(".")
    return bool(_NAME.fullmatch(host)) and labels[-1] not in _NEVER_PUBLIC


def _parts(variable: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            raise ValueError  # nothing listens there
    except ValueError:  # whose words may have a part of the password
        raise ImproperlyConfigured(
            f"{variable} cannot be read. A port must be a number up to 65535; an IPv6 address must stand in brackets; "
            "in user and password, / ? # @ are written as %2F %3F %23 %40."
        ) from None
    return parts


def _check_letters(variable: str) -> None:
    """A space or an end of line that came along from a file, and what no terminal shows."""
    value = os.environ[variable]
    if variable not in _SPACED and not (value.isprintable() and value == value.strip()):
        raise ImproperlyConfigured(
            f"{variable} must be on one line, without spaces before and after it, and of letters that can be printed: "
            f"it is {len(value)} characters long."
        )


def _folder(variable: str, otherwise: Path) -> Path:
    folder = Path(os.environ.get(variable) or otherwise).absolute()
    if os.environ.get(variable) and (fault := _fault_of_folder(folder)):
        raise ImproperlyConfigured(
            f"{variable}: {folder} must be a folder, or a place where this user can make one: {fault}."
        )
    return folder


def _fault_of_folder(folder: Path) -> str | None:
    """Why nothing can be kept there; one that exists may be for reading only (a worker need not write)."""
    try:
        there = next(place for place in (folder, *folder.parents) if place.exists())
    except OSError as error:
        return error.strerror
    if not there.is_dir():
        return f"{there} is a file"
    if there == folder:
        return None if os.access(there, os.R_OK | os.X_OK) else f"{there} may not be read"
    return None if os.access(there, os.W_OK | os.X_OK) else f"{there} may not be written to"


def _postgres(variable: str, url: str) -> str:
    parts = _parts(variable, url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{variable} must look like postgres://user:password@host:5432/name.")
    if "@" in parts.path:
        raise ImproperlyConfigured(f"{variable}: a / in user or password must be written as %2F, and a @ as %40.")
    if not unquote(parts.hostname or "").startswith("/"):  # the folder of a Unix socket
        _check_server(variable, parts)
    return url


def _check_server(variable: str, parts: SplitResult) -> None:
    if parts.hostname and not _is_server(parts.hostname):
        raise ImproperlyConfigured(
            f"{variable}: {parts.hostname} is not the name of a host. Other letters than ASCII's are written as xn--…."
        )
    if parts.fragment:
        raise ImproperlyConfigured(f"{variable}: a # must be written as %23, in a password too.")


def _has_host(parts: SplitResult) -> bool:
    return "@" not in parts.netloc and _is_host(parts.hostname or "")


def _is_mail_address(text: str) -> bool:
    found = _ADDRESS.fullmatch(text)
    return found is not None and (found["host"].startswith("[") or _is_host(found["host"]))


def _is_host(name: str) -> bool:
    """Is this what a browser may write into Host? Names with other letters it sends as xn--…."""
    return _is_ipv6(name) or (bool(_HOST.fullmatch(name.lower())) and _is_name_or_ipv4(name))


def _is_server(name: str) -> bool:
    """Can it be looked up? In a house's own network, names have _ too."""
    return _is_ipv6(name) or (bool(_SERVER.fullmatch(name.lower())) and _is_name_or_ipv4(name))


def _is_name_or_ipv4(name: str) -> bool:
    """What ends in a number is an IPv4 address, or none (URL Standard, 3.5)."""
    if len(name) > LONGEST_HOST:
        return False
    if not name.rpartition(".")[2].isdecimal():
        return True
    try:
        return ipaddress.ip_address(name).version == 4
    except ValueError:
        return False


def _is_ipv6(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).version == 6
    except ValueError:
        return False


def _as_host(name: str) -> str:
    """As it stands in the Host header: an IPv6 address in brackets."""
    return f"[{name}]" if _is_ipv6(name) else name


def _is_address(text: str) -> bool:
    """host:port"""
    host, _, port = text.rpartition(":")
    is_host = (
        _is_ipv6(host[1:-1]) if host.startswith("[") and host.endswith("]") else _is_server(host) and ":" not in host
    )
    return is_host and port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) < 65_536


env = Environment()
