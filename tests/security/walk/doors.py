"""Knock at a route as somebody, and say what of which post the answer shows."""

import re
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from tests.security.walk.stage import Made, Stage, marks_in
from tests.security.walk.table import OPEN, Row

Seen = set[tuple[int, str]]
# Arguments of routes that say by a regular expression, or above themselves, what they take.
OF_WORDS: dict[str, dict[str, Any]] = {
    "moderation:notice": {"token": "1." + "x" * 20},
    "mfa_edit_webauthn": {"pk": 1},
    "mfa_remove_webauthn": {"pk": 1},
    "account_confirm_email": {"key": "x"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "x"},
}
# Routes that have no name, and are about no post.
NAMELESS = ["", "accounts/2fa/", "accounts/2fa/webauthn/", "favicon.ico"]
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/elsewhere/"}


def routes(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Each named route of the site, with its namespace."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern) and pattern.name:
            yield space + pattern.name, pattern
        elif isinstance(pattern, URLResolver):
            yield from routes(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)


def nameless(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    """Each route of the site without a name, the admin's aside."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern) and not pattern.name:
            yield pattern
        elif isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            yield from nameless(pattern)


def answer(stage: Stage, viewer: str, name: str, row: Row, made: Made) -> HttpResponse:
    """What a route answers; whatever it did is undone."""
    facts = {"stage": stage, "viewer": viewer, "made": made}
    posts = ",".join(str(each.post.pk) for each in stage.made)
    address = reverse(name, kwargs=row.args(**facts)) + row.query.format(post=made.post.pk, posts=posts)
    is_api = name.startswith("api:")
    client = (stage.programs if is_api else stage.browsers)[viewer]
    options: dict[str, Any] = {"headers": HTMX} if row.htmx else {}
    if row.method != "get":
        options |= {"data": row.data(**facts), **({"format": "json"} if is_api else {})}
    with transaction.atomic():
        found: HttpResponse = getattr(client, row.method)(address, **options)
        transaction.set_rollback(True)
    return found


def shown(stage: Stage, found: HttpResponse, row: Row, made: Made) -> Seen:
    """(number of a post, what of it) that the answer shows, of what the row is about."""
    assert found.status_code != 500
    text = found.text if not found.streaming else ""
    seen = set(marks_in(stage, text))
    if row.each and (found.status_code < 300 or leads_to(found, made)):
        seen.add((made.number, OPEN))
    return seen


def leads_to(found: HttpResponse, made: Made) -> bool:
    """A redirect to the post, and not to a page on which to log in."""
    return bool(re.search(rf"^(/posts/{made.post.pk}/|/inbox/$)", found.headers.get("Location", "")))


def any_address(name: str, pattern: URLPattern) -> str:
    """An address of a route, with something in the place of each argument."""
    if name in OF_WORDS:
        return reverse(name, kwargs=OF_WORDS[name])
    taken = list(pattern.pattern.converters or pattern.pattern.regex.groupindex)
    for values in (("1", "n1", "author", "off", "read", "x"), ("author", "1", "n1"), ("off",), ("walked",)):
        for value in values:
            try:
                return reverse(name, kwargs=dict.fromkeys(taken, value))
            except NoReverseMatch:
                continue
    mixed = {
        "endpoint_id": "1",
        "delivery_id": "1",
        "verb": "off",
        "entry_id": "n1",
        "username": "author",
        "token": "x",
    }
    mixed |= {"uidb64": "x", "key": "x", "token_id": "1", "picture_id": "1", "mute_id": "1", "log_in_id": "1"}
    wanted = {key: mixed[key] for key in taken}
    return reverse(name, kwargs=wanted)
