"""Web Push (RFC 8030), encrypted (RFC 8291) and signed by VAPID (RFC 8292)."""

import base64
import hashlib
import json
import logging
import re
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils import translation
from django.utils.translation import ngettext
from py_vapid import Vapid02
from py_vapid.jwt import sign

from notifications.channels import safe_http
from notifications.channels.base import (
    Caps,
    Channel,
    OutgoingMessage,
    PermanentFailure,
    Receipt,
    Retries,
    TemporaryFailure,
)
from notifications.models import ChannelName, PushKey, Reason

logger = logging.getLogger(__name__)

BODY_SIZE = 3_800  # push services take 4,096 bytes, encrypted
_TOKEN_LASTS = timedelta(hours=12)
_BASE64 = re.compile(r"[A-Za-z0-9_+/-]+={0,2}")
_ALARM_EVERY_S = 300.0
_alarmed: dict[str, float] = {}


@cache
def vapid() -> Vapid02:
    """Return the key pair of this installation, made at the first call."""
    if not PushKey.objects.exists():
        fresh = Vapid02()
        fresh.generate_keys()
        PushKey.objects.bulk_create([PushKey(pem=fresh.private_pem().decode())], ignore_conflicts=True)
    return Vapid02.from_pem(PushKey.objects.get().pem.encode())


def application_server_key() -> str:
    """Return the public key as browsers need it: base64url, without padding."""
    return _base64url(vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def usable_keys(keys: dict[str, Any]) -> dict[str, str]:
    """Return a subscription's `p256dh` and `auth` (RFC 8291, 3) in base64url. Raises ValueError."""
    point, secret = _bytes_of(keys["p256dh"]), _bytes_of(keys["auth"])
    if len(point) != 65 or len(secret) != 16:
        raise ValueError("p256dh has 65 bytes, auth 16")
    EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    return {"p256dh": _base64url(point), "auth": _base64url(secret)}


class Push(Channel):
    """Push is sent at once, to a browser. A later version of a group replaces the earlier, shown or still waiting."""

    name, label = ChannelName.PUSH, ChannelName.PUSH.label
    retries = Retries(horizon=timedelta(hours=12), expires_after=timedelta(hours=24))
    min_interval = timedelta(minutes=1)
    respects_quiet_hours = True
    collapses = True
    caps = Caps(per_host=128)  # there are few push services, and they are made for it

    def send(self, outgoing: OutgoingMessage) -> Receipt:
        answer = self._post(outgoing, brief=False)
        if answer.code == 413:
            answer = self._post(outgoing, brief=True)
        receipt = Receipt(answer.code, answer.body)
        if answer.code in {200, 201, 202, 204}:
            return receipt
        if answer.code in {404, 410}:
            raise PermanentFailure(Reason.SUBSCRIPTION_ENDED, receipt, ends_endpoint=True)
        if _refuses_us(answer):
            _alarm(outgoing.address, answer)
            # For the operator to mend.
            raise TemporaryFailure(Reason.SIGNATURE_REFUSED, receipt, answer.retry_after, code=answer.code)
        if answer.code == 429 or answer.code >= 500:
            raise TemporaryFailure(Reason.PUSH_ANSWERED, receipt, answer.retry_after, code=answer.code)
        raise PermanentFailure(Reason.PUSH_ANSWERED, receipt, code=answer.code)

    def _post(self, outgoing: OutgoingMessage, *, brief: bool) -> safe_http.Answer:
        body, tag = payload(outgoing, brief=brief)
        try:
            keys = usable_keys(outgoing.keys)
        except (ValueError, KeyError) as error:
            raise PermanentFailure(Reason.KEYS_UNUSABLE, ends_endpoint=True) from error
        if outgoing.keys.get("made_for", application_server_key()) != application_server_key():
            raise PermanentFailure(Reason.OTHER_KEY, ends_endpoint=True)
        from pywebpush import WebPusher  # 9 MB of HTTP clients, which only the sender of pushes needs

        pusher = WebPusher({"endpoint": outgoing.address, "keys": keys})
        encrypted = pusher.encode(body.encode(), content_encoding="aes128gcm")["body"]
        headers = {
            # Signed anew each time: the audience is the push service, which is another for each browser.
            **_signed(outgoing.address),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(0, int(outgoing.ttl.total_seconds()))),
            "Topic": topic(tag),
            "Urgency": "normal",
        }
        return safe_http.post(outgoing.address, bytes(encrypted), headers)


def topic(tag: str) -> str:
    """Return the topic (RFC 8030, 5.4): 32 characters of base64url. It replaces waiting messages with the same."""
    return base64.urlsafe_b64encode(hashlib.sha256(tag.encode()).digest()[:24]).decode()


def payload(outgoing: OutgoingMessage, *, brief: bool) -> tuple[str, str]:
    """Return what the service worker shows, and its tag. Several items become one summary. `brief`: the minimum."""
    first, *others = outgoing.items
    title, body, tag, url = first.title, first.excerpt, first.tag, first.url
    if others:
        count = len(outgoing.items)
        with translation.override(outgoing.language):
            title = ngettext("%(n)s notification", "%(n)s notifications", count) % {"n": count}
        body = "\n".join(item.title for item in outgoing.items[:5])
        tag, url = f"summary-{outgoing.id}", f"{settings.PUBLIC_URL}/inbox/"
    payload = {"title": title, "tag": tag, "url": url, "id": str(outgoing.id)}
    if not brief:
        payload["body"] = body
    while len(text := json.dumps(payload, ensure_ascii=False).encode()) > (BODY_SIZE // 2 if brief else BODY_SIZE):
        longest = "body" if payload.get("body") else "title"
        payload[longest] = payload[longest][: len(payload[longest]) * 3 // 4]
    return text.decode(), tag


def origin_of(endpoint: str) -> str:
    """Return the origin (RFC 6454, 6.2): scheme, host and port in lower case, without the scheme's default port."""
    parts = urlsplit(endpoint)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in {None, usual} else "")


def _signed(endpoint: str) -> dict[str, str]:
    """Return the headers (RFC 8292, 2, 3). `exp` is a JSON number (RFC 7519, 2): Mozilla answers 401 to a string."""
    # py_vapid's own `sign` of the whole header takes no IPv6 address as an audience.
    claims = {
        "aud": origin_of(endpoint),
        "exp": int((datetime.now(UTC) + _TOKEN_LASTS).timestamp()),
        "sub": settings.VAPID_CONTACT,
    }
    token: str = sign(claims, vapid().private_key)
    return {"Authorization": f"vapid t={token},k={application_server_key()}"}


def _refuses_us(answer: safe_http.Answer) -> bool:
    """Return whether the answer refuses our signature: 401 and 403 (RFC 8292, 4), or Apple's 400 for an unknown key."""
    return answer.code in {401, 403} or (answer.code == 400 and "VapidPkHashMismatch" in answer.body)


def _alarm(endpoint: str, answer: safe_http.Answer) -> None:
    """Log an error, once in five minutes for each push service: the fault is the same for all of its subscriptions."""
    service = origin_of(endpoint)
    if time.monotonic() - _alarmed.get(service, -_ALARM_EVERY_S) >= _ALARM_EVERY_S:
        _alarmed[service] = time.monotonic()
        logger.error(
            "%s refuses our push messages with %d: %s. They wait. Look at SOCIALAPP_VAPID_CONTACT (%s), at this "
            "machine's clock, and whether the VAPID key is the one that browsers subscribed with.",
            service,
            answer.code,
            answer.body[:300],
            settings.VAPID_CONTACT,
        )


def _bytes_of(text: str) -> bytes:
    """Decode base64 or base64url, padded or not. Raises ValueError."""
    if not _BASE64.fullmatch(text):
        raise ValueError("not base64")
    bare = text.rstrip("=").translate({ord("+"): "-", ord("/"): "_"})
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
