"""Web Push (RFC 8030), encrypted (RFC 8291) and signed by VAPID (RFC 8292)."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy, ngettext
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException

from notifications.channels import outside
from notifications.channels.base import Channel, Outgoing, PermanentFailure, Receipt, Retries, TemporaryFailure
from notifications.models import PushKey

BODY_SIZE = 3_800  # push services take 4,096 bytes, encrypted
_TOKEN_LASTS = timedelta(hours=12)


@cache
def vapid() -> Vapid02:
    """The key pair of this installation, made by whoever asks first."""
    if not PushKey.objects.exists():
        fresh = Vapid02()
        fresh.generate_keys()
        PushKey.objects.bulk_create([PushKey(pem=fresh.private_pem().decode())], ignore_conflicts=True)
    return Vapid02.from_pem(PushKey.objects.get().pem.encode())


def application_server_key() -> str:
    """The public half, as browsers want it: base64url, without padding."""
    point = vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


class Push(Channel):
    """At once, to a browser. A later version of a group replaces the earlier one, there and on the way."""

    name = "push"
    label = gettext_lazy("Push")
    retries = Retries(horizon=timedelta(hours=12), worthless_after=timedelta(hours=24))
    gap = timedelta(minutes=1)
    disturbs = True
    replaces = True
    in_flight_per_host = 64  # there are few push services, and they are made for it

    def send(self, outgoing: Outgoing) -> Receipt:
        answer = self._post(outgoing, brief=False)
        if answer.code == 413:
            answer = self._post(outgoing, brief=True)
        receipt = Receipt(answer.code, answer.body)
        if answer.code in {200, 201, 202, 204}:
            return receipt
        if answer.code in {404, 410}:
            raise PermanentFailure("the browser ended its subscription", receipt, ends_endpoint=True)
        if answer.code == 429 or answer.code >= 500:
            raise TemporaryFailure(f"the push service answered {answer.code}", receipt, answer.retry_after)
        raise PermanentFailure(f"the push service answered {answer.code}", receipt)

    def _post(self, outgoing: Outgoing, *, brief: bool) -> outside.Answer:
        body, tag = payload(outgoing, brief=brief)
        try:
            pusher = WebPusher({"endpoint": outgoing.address, "keys": outgoing.keys})
            encrypted = pusher.encode(body.encode(), content_encoding="aes128gcm")["body"]
        except (WebPushException, ValueError) as error:  # not base64, or no point of the curve
            raise PermanentFailure("the subscription's keys are not usable", ends_endpoint=True) from error
        headers = {
            # Signed anew each time: the audience is the push service, which is another for each browser.
            **_signed(outgoing.address),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(0, int(outgoing.ttl.total_seconds()))),
            "Topic": topic(tag),
            "Urgency": "normal",
        }
        return outside.post(outgoing.address, bytes(encrypted), headers)


def topic(tag: str) -> str:
    """RFC 8030, 5.4: at most 32 characters of base64url. What has the same topic and waits is replaced."""
    return base64.urlsafe_b64encode(hashlib.sha256(tag.encode()).digest()[:24]).decode()


def payload(outgoing: Outgoing, *, brief: bool) -> tuple[str, str]:
    """What the service worker shows, and its tag. Several notices are one summary. `brief`: no more than must be."""
    first, *others = outgoing.notices
    title, body, tag, url = first.title, first.excerpt, first.tag, first.url
    if others:
        count = len(outgoing.notices)
        with translation.override(outgoing.language):
            title = ngettext("%(n)s notification", "%(n)s notifications", count) % {"n": count}
        body = "\n".join(notice.title for notice in outgoing.notices[:5])
        tag, url = f"summary-{outgoing.id}", f"{settings.PUBLIC_URL}/inbox/"
    said = {"title": title, "tag": tag, "url": url, "id": str(outgoing.id)}
    if not brief:
        said["body"] = body
    while len(text := json.dumps(said, ensure_ascii=False).encode()) > (BODY_SIZE // 2 if brief else BODY_SIZE):
        longest = "body" if said.get("body") else "title"
        said[longest] = said[longest][: len(said[longest]) * 3 // 4]
    return text.decode(), tag


def _signed(endpoint: str) -> dict[str, str]:
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": str(int((datetime.now(UTC) + _TOKEN_LASTS).timestamp())),
        "sub": settings.VAPID_CONTACT,
    }
    signed: dict[str, str] = vapid().sign(claims)
    return signed
