"""Each operation of the API that writes is limited, or it is written here why it need not be."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from notifications.deliveries.notices import send_test
from notifications.endpoints.operations import add_webhook
from socialapp.limits import operations as limits
from socialapp.limits.rates import KINDS, Rates
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from tests.socialapp.media import samples

V1 = "/api/social/v1/"
SPAN = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
HOOK = "https://hooks.example/a"

# What ends something, or takes it back: there is no more of it than was made, and that is limited.
ENDS = "ends what was made"
# Nobody else notices, and so many at most are kept.
OWN = "a setting or a list of one's own, of bounded length"
# Each is possible once for what somebody else did.
ANSWERS = "answers what waits"
NOT_LIMITED = {
    "post dead-letters/": "admins only",
    "post filters/": OWN,
    "put filters/{filter_id}/": OWN,
    "delete filters/{filter_id}/": ENDS,
    "post follow-requests/": ANSWERS,
    "put follow-requests/{username}/": ANSWERS,
    "delete follow-requests/{username}/": ANSWERS,
    "patch me/": OWN,
    "delete me/avatar/": ENDS,
    "patch notifications/endpoints/{endpoint_id}/": OWN,
    "delete notifications/endpoints/{endpoint_id}/": ENDS,
    "post notifications/endpoints/{endpoint_id}/secret/": OWN,
    "post notifications/endpoints/push/": OWN,
    "post notifications/endpoints/webhook/": OWN,
    "post notifications/filtered/": ANSWERS,
    "put notifications/filtered/{username}/": ANSWERS,
    "delete notifications/filtered/{username}/": ANSWERS,
    "post notifications/mutes/": OWN,
    "delete notifications/mutes/{mute_id}/": ENDS,
    "patch notifications/policy/": OWN,
    "patch notifications/preferences/": OWN,
    "post notifications/read/": OWN,
    "patch notifications/schedule/": OWN,
    "post notifications/unread/": OWN,
    "put people/{username}/bell/": "for whom one follows, which is limited",
    "delete people/{username}/bell/": ENDS,
    "put people/{username}/block/": "must be possible whatever happens; notifies nobody",
    "delete people/{username}/block/": ENDS,
    "delete people/{username}/follow/": ENDS,
    "delete people/{username}/follower/": ENDS,
    "delete pictures/{picture_id}/": ENDS,
    "delete posts/{post_id}/": ENDS,
    "put posts/{post_id}/bookmark/": "a row of one's own, of which nobody hears",
    "delete posts/{post_id}/bookmark/": ENDS,
    "delete posts/{post_id}/like/": ENDS,
    "delete posts/{post_id}/share/": ENDS,
    "delete posts/{post_id}/versions/{version_id}/": ENDS,
}
# What is sent, so that it would be done if it were not too much.
LIMITED: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "put me/avatar/": ("uploads", lambda: {"picture": picture()}),
    "post pictures/": ("uploads", lambda: {"picture": picture()}),
    "post notifications/endpoints/{endpoint_id}/test/": ("tests", dict),
    "post notifications/endpoints/{endpoint_id}/replay/": ("replays", lambda: SPAN),
    "post notifications/deliveries/{delivery_id}/resend/": ("replays", dict),
    "put people/{username}/follow/": ("follows", dict),
    "post posts/": ("posts", lambda: {"body": "A post"}),
    "patch posts/{post_id}/": ("edits", lambda: {"body": "Another text"}),
    "post posts/{post_id}/comments/": ("replies", lambda: {"body": "A reply"}),
    "put posts/{post_id}/like/": ("likes", dict),
    "put posts/{post_id}/share/": ("shares", dict),
    "post reports/": ("reports", lambda: {"person": "bob", "category": "spam"}),
}
# By pages alone, and for whoever has no account.
OF_PAGES = {"invitations", "signups"}
# Beside another kind: a text that mentions people.
BESIDE = {"mentions"}


def picture() -> Any:
    return samples.upload(samples.saved(samples.gradient((60, 40))))


def operations() -> Iterator[str]:
    """Each that is not only read, as "method path"."""
    schema: Any = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    for path, methods in schema["paths"].items():
        yield from (f"{method} {path.removeprefix(V1)}" for method in methods if method != "get")


def test_each_operation_is_limited_or_has_a_reason(db: None) -> None:
    assert set(operations()) == NOT_LIMITED.keys() | LIMITED.keys()
    assert {kind for kind, _ in LIMITED.values()} | OF_PAGES | BESIDE == KINDS.keys()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("operation", LIMITED)
def test_one_too_many_is_refused(
    api_of: Callable[[Person], APIClient], ada: Person, bob: Person, settings: LazySettings, operation: str
) -> None:
    kind, body = LIMITED[operation]
    post, _ = publish_post(author=ada, body="The first one")
    endpoint, _ = add_webhook(person=ada, name="Mine", address=HOOK)
    delivery = send_test(endpoint=endpoint)
    settings.LIMITS = {kind: Rates.of("1/h")}
    limits.count(kind, ada.pk)
    method, path = operation.split()
    values = {"post_id": post.pk, "username": "bob", "endpoint_id": endpoint.pk, "delivery_id": delivery.pk}
    api = api_of(ada)
    kind_of_body = "multipart" if kind == "uploads" else "json"
    answer = getattr(api, method)(V1 + path.format(**values), body(), format=kind_of_body)
    assert answer.status_code == 429, answer.content
