"""Webhooks of people, as specified by Standard Webhooks 1.0 (standardwebhooks.com)."""

import base64
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from standardwebhooks import Webhook as Signer

from notifications.channels import safe_http
from notifications.channels.base import (
    Channel,
    Fault,
    OutgoingMessage,
    PermanentFailure,
    Receipt,
    Retries,
    TemporaryFailure,
)
from notifications.models import ChannelName, Reason
from socialapp.web import request_ids

SECRET_LASTS = timedelta(hours=24)  # after its rotation
# Perhaps the receiver would take another one: so this one alone opens no breaker.
_PERHAPS_OF_THE_MESSAGE = {400, 409, 413, 415, 422}


class Webhook(Channel):
    """Sent at once, one message per delivery; at least once within 3 days and more, under a stable `webhook-id`."""

    name, label = ChannelName.WEBHOOK, ChannelName.WEBHOOK.label
    retries = Retries(horizon=timedelta(hours=72), expires_after=timedelta(hours=96))
    reading_cancels = False  # a program wants them all
    warn_after = timedelta(hours=24)
    disable_after = timedelta(hours=72)

    def send(self, outgoing: OutgoingMessage) -> Receipt:
        (item,) = outgoing.items
        body = json.dumps(
            {"type": f"notification.{item.kind}", "timestamp": item.at.isoformat(), "data": item.data},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        headers = signed_headers(f"msg_{outgoing.unique_id}", body, outgoing.keys)
        if outgoing.request_id:
            headers[request_ids.HEADER] = outgoing.request_id
        answer = safe_http.post(outgoing.address, body.encode(), {**headers, "Content-Type": "application/json"})
        receipt = Receipt(answer.code, answer.body, body)
        if 200 <= answer.code < 300:
            return receipt
        if answer.code == 410:
            raise PermanentFailure(Reason.GONE, receipt, ends_endpoint=True)
        if 300 <= answer.code < 400:
            raise TemporaryFailure(Reason.REDIRECTED, receipt, code=answer.code)
        fault = Fault.DOUBTFUL if answer.code in _PERHAPS_OF_THE_MESSAGE else Fault.SERVER
        raise TemporaryFailure(Reason.ANSWERED, receipt, answer.retry_after, fault=fault, code=answer.code)


def new_secret() -> str:
    """Return a new secret as the standard has them: 24 to 64 random bytes in base64, with a prefix."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def valid_secrets(keys: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    """Return the valid secrets, the newest first; replaced ones are valid for another day."""
    return [
        secret
        for secret in keys["secrets"]
        if secret["until"] is None or (parse_datetime(secret["until"]) or now) > now
    ]


def signed_headers(id_: str, body: str, keys: dict[str, Any]) -> dict[str, str]:
    """Return the headers, with a signature for each valid secret, so that receivers can switch when they like."""
    # The package signs wrongly with a datetime whose zone is not UTC.
    now = datetime.now(UTC)
    signatures = [Signer(secret["secret"]).sign(id_, now, body) for secret in valid_secrets(keys, now)]
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
