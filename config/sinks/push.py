"""A push service (RFC 8030) that reads what browsers would: it holds the keys, decrypts and checks who signed."""

import base64
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import http_ece
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from config.sinks.script import Script


@dataclass
class Browser:
    """A subscription. `messages` is all it was sent; `waiting` what lies there by topic, as for one that is offline."""

    key: ec.EllipticCurvePrivateKey
    auth: bytes
    messages: list[dict[str, Any]] = field(default_factory=list)
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)

    def keys(self) -> dict[str, str]:
        """What a page hands to its server."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": _b64(point), "auth": _b64(self.auth)}


class PushSink:
    """Any number of browsers."""

    def __init__(self) -> None:
        self.browsers: dict[str, Browser] = {}
        self.script = Script()
        self.origin = ""
        self.refused: list[str] = []

    def routes(self) -> list[web.RouteDef]:
        """Subscribe, send, look."""
        return [
            web.post("/push", self.subscribe),
            web.post("/push/{id}", self.send),
            web.get("/push/{id}.json", self.show),
        ]

    def new_browser(self) -> tuple[str, Browser]:
        """The address of a new subscription, and what holds its keys."""
        id_ = secrets.token_urlsafe(16)
        self.browsers[id_] = Browser(ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16))
        return f"{self.origin}/push/{id_}", self.browsers[id_]

    async def subscribe(self, _request: web.Request) -> web.Response:
        """As a browser's pushManager.subscribe(): the answer is what a page hands to its server."""
        address, browser = self.new_browser()
        return web.json_response({"endpoint": address, "keys": browser.keys()}, status=201)

    async def send(self, request: web.Request) -> web.Response:
        """201, as told, or what is wrong with it."""
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
        try:
            message = self._read(request, body, browser)
        except (ValueError, KeyError, InvalidSignature, http_ece.ECEException) as error:
            self.refused.append(f"{type(error).__name__}: {error}")
            return web.Response(status=400, text=self.refused[-1])
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
        self._check_token(request.headers["Authorization"])
        if len(body) > 4_096:
            raise ValueError("larger than a push service takes")
        topic = request.headers.get("Topic", "")
        if len(topic) > 32:
            raise ValueError("Topic is longer than 32 characters")
        if request.headers.get("Content-Encoding") != "aes128gcm":
            raise ValueError("Content-Encoding is not aes128gcm")
        text = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.auth, version="aes128gcm")
        return {**json.loads(text), "topic": topic, "ttl": int(request.headers["TTL"])}

    def _check_token(self, authorization: str) -> None:
        """RFC 8292, 2 and 3: signed by the key that it names, for us, for a day at most."""
        scheme, _, values = authorization.partition(" ")
        if scheme.lower() != "vapid":
            raise ValueError("the scheme is not vapid")
        named = dict(part.strip().split("=", 1) for part in values.split(","))
        signed, _, signature = named["t"].rpartition(".")
        header, claims = (json.loads(_unb64(part)) for part in signed.split("."))
        raw = _unb64(signature)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _unb64(named["k"]))
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
        now = time.time()
        if header["alg"] != "ES256" or claims["aud"] != self.origin or not now < int(claims["exp"]) <= now + 86_400:
            raise ValueError(f"the token is not for {self.origin}: {claims}")
        if not claims["sub"].startswith(("mailto:", "https:")):
            raise ValueError("nobody to turn to")


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
