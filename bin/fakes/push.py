"""A push service (RFC 8030) that reads what browsers would: it holds the keys, decrypts and checks who signed.

It refuses what any of the real services refuses, and names the rule: Mozilla's
(mozilla-services/autopush-rs), Apple's and Google's (docs/delivery.md has the
table). It shares no code with the sender.
"""

import asyncio
import base64
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import http_ece
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bin.fakes.script import Script

LARGEST = 4_096  # RFC 8030, 7.2: what a push service has to take; FCM and Apple take no more
LONGEST_TOKEN_S = 86_400
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_URGENCIES = {"very-low", "low", "normal", "high"}
_MAIL_ADDRESS = re.compile(r"[^@\s<>\"(),:;\\\[\]]+@([^@\s<>]+)")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.IGNORECASE)
# Apple looks the host of `sub` up: `localhost`, `.local` and `.invalid` were refused there.
_NEVER_THERE = {"localhost", "localdomain", "local", "internal", "invalid", "lan", "test"}


class Refused(Exception):
    """The status that the real services answer with, and the rule that was broken."""

    def __init__(self, status: int, rule: str) -> None:
        super().__init__(rule)
        self.status = status
        self.rule = rule


@dataclass
class Browser:
    """A subscription. `messages` is all it was sent; `waiting` what lies there by topic, as for one that is offline.

    `application_server_key` is the only key that may send (RFC 8292, 4); the first one that does, unless it is named.
    Its push service waits `hangs` seconds before it takes anything.
    """

    key: ec.EllipticCurvePrivateKey
    auth: bytes
    application_server_key: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    hangs: float = 0.0

    def keys(self) -> dict[str, str]:
        """What a page hands to its server."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": _b64(point), "auth": _b64(self.auth)}


class FakePushService:
    """Any number of browsers."""

    def __init__(self) -> None:
        self.browsers: dict[str, Browser] = {}
        self.script = Script()
        self.origin = self.door = ""
        self.refused: list[str] = []

    def routes(self) -> list[web.RouteDef]:
        """Subscribe, send, look."""
        return [
            web.post("/push", self.subscribe),
            web.post("/push/{id}", self.send),
            web.get("/push/{id}.json", self.show),
        ]

    def new_browser(self, application_server_key: str = "") -> tuple[str, Browser]:
        """The address of a new subscription, and what holds its keys."""
        id_ = secrets.token_urlsafe(16)
        key = ec.generate_private_key(ec.SECP256R1())
        self.browsers[id_] = Browser(key, secrets.token_bytes(16), application_server_key.rstrip("="))
        return f"{self.origin}{self.door}/push/{id_}", self.browsers[id_]

    async def subscribe(self, request: web.Request) -> web.Response:
        """As a browser's pushManager.subscribe(): the answer is what a page hands to its server.

        {"applicationServerKey": "…"} as the body binds the subscription to that key.
        """
        options = await request.json() if request.can_read_body else {}
        address, browser = self.new_browser(str(options.get("applicationServerKey") or ""))
        return web.json_response({"endpoint": address, "keys": browser.keys()}, status=201)

    async def send(self, request: web.Request) -> web.Response:
        """201, as scripted, or what is wrong with it."""
        answer = await self.script.next()
        body = await request.read()
        if answer.code == -1 and request.transport:
            request.transport.abort()
        if answer.code:
            return web.Response(
                status=answer.code, headers={"Retry-After": answer.retry_after} if answer.retry_after else {}
            )
        browser = self.browsers.get(request.match_info["id"])
        if browser is None:
            return web.Response(status=410, text="There is no such subscription.")
        await asyncio.sleep(browser.hangs)
        try:
            message = self._read(request, body, browser)
        except Refused as refused:
            self.refused.append(refused.rule)
            return web.Response(status=refused.status, text=refused.rule)
        browser.messages.append(message)
        browser.waiting[message["topic"]] = message
        await self.script.yes(answer)
        return web.Response(status=201)

    async def show(self, request: web.Request) -> web.Response:
        """What one browser was sent."""
        browser = self.browsers.get(request.match_info["id"])
        if browser is None:
            raise web.HTTPNotFound(text="There is no such subscription.")
        return web.json_response({"messages": browser.messages, "waiting": list(browser.waiting.values())})

    def _read(self, request: web.Request, body: bytes, browser: Browser) -> dict[str, Any]:
        self._check_token(_one(request, "Authorization"), browser)
        ttl, topic = _one(request, "TTL"), _one(request, "Topic")
        if ttl is None:
            raise Refused(400, "TTL is missing (RFC 8030, 5.2)")
        if not (ttl.isascii() and ttl.isdigit()):
            raise Refused(400, f"TTL is no number of seconds: {ttl!r} (RFC 8030, 5.2)")
        if topic is not None and not (_BASE64URL.fullmatch(topic) and len(topic) <= 32):
            raise Refused(400, f"Topic is not 1 to 32 characters of base64url: {topic!r} (RFC 8030, 5.4)")
        urgency = _one(request, "Urgency")
        if urgency is not None and urgency not in _URGENCIES:
            raise Refused(400, f"Urgency is none of {sorted(_URGENCIES)}: {urgency!r} (RFC 8030, 5.3)")
        _check_encoding(request, body)
        return {**_decrypted(body, browser), "topic": topic or "", "ttl": int(ttl)}

    def _check_token(self, authorization: str | None, browser: Browser) -> None:
        """RFC 8292, 2 to 4: signed by the key that it names, which is the subscription's; for us; for a day at most."""
        if authorization is None:
            raise Refused(401, "Authorization is missing (RFC 8292, 3)")
        token, key = _parts_of(authorization)
        claims = _verified(token, key)
        if browser.application_server_key not in {"", key}:
            raise Refused(403, "k is not the applicationServerKey of the subscription (RFC 8292, 4.2)")
        if claims.get("aud") != self.origin:
            raise Refused(403, f"aud is {claims.get('aud')!r}, not {self.origin!r} (RFC 8292, 2)")
        _check_exp(claims.get("exp"))
        _check_sub(claims.get("sub"))
        browser.application_server_key = key


def _one(request: web.Request, name: str) -> str | None:
    found = request.headers.getall(name, [])
    if len(found) > 1:
        raise Refused(400, f"{name} comes {len(found)} times")
    return found[0] if found else None


def _parts_of(authorization: str) -> tuple[str, str]:
    scheme, _, values = authorization.partition(" ")
    if scheme.lower() != "vapid":
        raise Refused(401, f"the scheme is {scheme!r}, not vapid (RFC 8292, 3)")
    named = [part.strip(" \t").partition("=") for part in values.split(",")]
    parts = {name: value for name, _, value in named}
    if sorted(name for name, _, _ in named) != ["k", "t"]:
        raise Refused(401, "the parameters are not t and k, each once (RFC 8292, 3)")
    return parts["t"], parts["k"]


def _verified(token: str, named: str) -> dict[str, Any]:
    """The claims of a JWT, signed by the key `named` with ES256."""
    parts = token.split(".")
    if len(parts) != 3:
        raise Refused(403, "t is no JWT of three parts (RFC 7519, 7.2)")
    header, claims = (_json_of(part) for part in parts[:2])
    if header.get("alg") != "ES256" or header.get("typ", "JWT") != "JWT" or "crit" in header:
        raise Refused(403, f"the JWT is not of type JWT, signed with ES256: {header} (RFC 8292, 2)")
    point, signature = _unb64(named, "k"), _unb64(parts[2], "the signature")
    if len(point) != 65 or point[0] != 4:
        raise Refused(403, "k is no uncompressed point of P-256 (RFC 8292, 3.2)")
    if len(signature) != 64:
        raise Refused(403, "the signature is not of 64 bytes (RFC 7518, 3.4)")
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        key.verify(der, ".".join(parts[:2]).encode(), ec.ECDSA(hashes.SHA256()))
    except ValueError:
        raise Refused(403, "k is no point of P-256 (RFC 8292, 3.2)") from None
    except InvalidSignature:
        raise Refused(403, "the signature is not by k (RFC 8292, 4)") from None
    return claims


def _check_exp(exp: object) -> None:
    now = time.time()
    if not isinstance(exp, int) or isinstance(exp, bool):  # Mozilla reads a u64: no string, no fraction
        raise Refused(401, f"exp is no JSON number of whole seconds: {exp!r} (RFC 7519, 2)")
    if exp <= now:
        raise Refused(403, f"exp is in the past: {exp} (RFC 8292, 2)")
    if exp > now + LONGEST_TOKEN_S:
        raise Refused(403, f"exp is more than 24 hours ahead: {exp} (RFC 8292, 2)")


def _check_sub(sub: object) -> None:
    """RFC 8292, 2.1. Apple wants it, and a host that exists."""
    if not isinstance(sub, str) or not sub.isascii():
        raise Refused(403, f"sub is missing or no text: {sub!r} (RFC 8292, 2.1)")
    if sub.startswith("mailto:"):
        address = _MAIL_ADDRESS.fullmatch(sub.removeprefix("mailto:"))
        if not address:
            raise Refused(403, f"sub names no mail address: {sub!r} (RFC 8292, 2.1)")
        host = address[1]
    elif sub.startswith("https://") and not re.search(r"[\s<>\"\\]", sub):
        host = urlsplit(sub).hostname or ""
    else:
        raise Refused(403, f"sub is neither mailto: nor https: {sub!r} (RFC 8292, 2.1)")
    if not _may_exist(host):
        raise Refused(403, f"sub names a host that does not exist: {sub!r} (Apple: BadJwtToken)")


def _may_exist(host: str) -> bool:
    labels = host.split(".")
    try:
        ip_address(host)
    except ValueError:
        there = labels[-1].lower() not in _NEVER_THERE and not labels[-1].isdigit()
        return len(labels) > 1 and there and all(_LABEL.fullmatch(label) for label in labels)
    return False


def _check_encoding(request: web.Request, body: bytes) -> None:
    """RFC 8291, 4: aes128gcm, all of it in one record of the body."""
    if len(body) > LARGEST:
        raise Refused(413, f"the body has {len(body)} bytes, more than {LARGEST} (RFC 8030, 7.2)")
    if (encoding := _one(request, "Content-Encoding")) != "aes128gcm":
        raise Refused(400, f"Content-Encoding is {encoding!r}, not aes128gcm (RFC 8291, 4)")
    for name in ("Encryption", "Crypto-Key"):
        if re.search(r"\b(salt|dh)=", _one(request, name) or ""):
            raise Refused(400, f"{name} belongs to aesgcm: with aes128gcm all is in the body (RFC 8291, 4)")
    # RFC 8188, 2.1: salt (16), record size (4), length of the key (1), which is a point of 65 bytes.
    if len(body) < 86 + 18 or body[20] != 65 or body[21] != 4:
        raise Refused(400, "the body does not begin with a salt, a record size and a key (RFC 8188, 2.1)")
    record_size = int.from_bytes(body[16:20], "big")
    if not len(body) - 86 <= record_size <= LARGEST:
        raise Refused(400, f"not one record of at most {LARGEST} bytes: {record_size} (RFC 8291, 4)")


def _decrypted(body: bytes, browser: Browser) -> dict[str, Any]:
    """What the service worker reads: JSON, encrypted for the subscription's keys."""
    try:
        text = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.auth, version="aes128gcm")
    except (http_ece.ECEException, ValueError):
        raise Refused(400, "cannot be decrypted with the keys of the subscription (RFC 8291, 3)") from None
    try:
        message: dict[str, Any] = {**json.loads(text)}
    except (ValueError, TypeError):
        raise Refused(400, "what was decrypted is no JSON object, which this service worker reads") from None
    return message


def _json_of(part: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = {**json.loads(_unb64(part, "t"))}
    except (ValueError, TypeError):
        raise Refused(403, "t is no JWT: a part is no JSON object (RFC 7519, 7.2)") from None
    return found


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str, name: str) -> bytes:
    """RFC 7515, 2: base64url without padding, and nothing else."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise Refused(403, f"{name} is no base64url without padding (RFC 7515, 2)")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
