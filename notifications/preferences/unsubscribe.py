"""Links in mails that turn mail of some kinds off in one click, without logging in (RFC 8058)."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

# Longer than mails are kept at hand; a mailbox that leaks years later changes nothing any more.
UNSUBSCRIBE_LASTS = timedelta(days=365)
UNSUBSCRIBE_SALT = "notifications.unsubscribe"


def unsubscribe_url(person_id: int, kinds: Sequence[str]) -> str:
    """Where mail of these kinds is turned off, without logging in. Works for UNSUBSCRIBE_LASTS."""
    token = signing.dumps([person_id, *kinds], salt=UNSUBSCRIBE_SALT)
    return settings.PUBLIC_URL + reverse("notifications:unsubscribe", args=[token])


def read_token(token: str) -> tuple[int, list[str]]:
    """Whose mail of which kinds it turns off. Raises SignatureExpired, BadSignature, ValueError."""
    person_id, *kinds = signing.loads(token, salt=UNSUBSCRIBE_SALT, max_age=UNSUBSCRIBE_LASTS)
    return person_id, kinds
