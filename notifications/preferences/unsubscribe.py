"""Links in mails that turn off mail of some kinds in one click, without logging in (RFC 8058)."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

# Longer than mails are kept at hand; a mailbox that leaks years later changes nothing any more.
UNSUBSCRIBE_LASTS = timedelta(days=365)
UNSUBSCRIBE_SALT = "notifications.unsubscribe"


def unsubscribe_url(person_id: int, kinds: Sequence[str]) -> str:
    """The link that turns mail of these kinds off for a person. Works for UNSUBSCRIBE_LASTS."""
    token = signing.dumps([person_id, *kinds], salt=UNSUBSCRIBE_SALT)
    return settings.PUBLIC_URL + reverse("notifications:unsubscribe", args=[token])


def read_token(token: str) -> tuple[int, list[str]]:
    """The person and kinds of a link. Raises SignatureExpired, BadSignature, ValueError."""
    person_id, *kinds = signing.loads(token, salt=UNSUBSCRIBE_SALT, max_age=UNSUBSCRIBE_LASTS)
    return person_id, kinds
