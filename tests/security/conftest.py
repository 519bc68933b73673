"""One running product for the attacks that need real servers; and things of Ada's that others attack."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db.models import F
from django.utils import timezone

from notifications.deliveries.notices import send_test
from notifications.endpoints.operations import add_webhook
from notifications.models import Delivery, NotificationGroup
from notifications.preferences import mutes
from reactions import operations as reactions
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post, PostVersion
from socialapp.posts.operations import delete_post, edit_post, publish_post
from socialapp.users.models import LogIn, Person, Token
from socialapp.users.operations import make_token
from tests.product import Product, running_product
from tests.socialapp.media.test_preparing import sent

SECRET = "xyzzy"


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """One of its own, with the demo's people."""
    with running_product() as running:
        yield running


@pytest.fixture
def things(ada: Person, charlie: Person, post: Post) -> dict[str, int]:
    """The ids of what is Ada's."""
    edit_post(post_id=post.pk, by=ada, body="Good evening!")
    deleted = publish_post(author=ada, body=SECRET)[0]
    delete_post(post_id=deleted.pk, by=ada)
    comment, gone = (reactions.comment(post_id=post.pk, author=ada, body="Hm.")[0] for _ in range(2))
    delete_post(post_id=gone.pk, by=ada)
    reactions.like(post_id=post.pk, person_id=charlie.pk)
    consume()
    endpoint, _secret = add_webhook(person=ada, name=SECRET, address=f"https://{SECRET}.example/")
    delivery = send_test(endpoint=endpoint)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=Delivery.State.DEAD, reason="gone", finished_at=F("created_at"), text=SECRET
    )
    make_token(person=ada, name=SECRET)
    session = Session.objects.create(session_key="0" * 40, session_data="", expire_date=timezone.now() + timedelta(1))
    passkey = Authenticator.objects.create(
        user=ada, type=Authenticator.Type.WEBAUTHN, data={"name": SECRET, "credential": {}}
    )
    return {
        "post": post.pk,
        "deleted": deleted.pk,
        "version": PostVersion.objects.get(post=post).pk,
        "comment": comment.pk,
        "gone": gone.pk,
        "group": NotificationGroup.objects.get(recipient=ada, kind="like").pk,
        "endpoint": endpoint.pk,
        "delivery": delivery.pk,
        "token": Token.objects.get().pk,
        "mute": mutes.mute_person(person=ada, muted=charlie).pk,
        "picture": sent(ada).pk,
        "log_in": LogIn.objects.create(session=session, person=ada, address="203.0.113.7").pk,
        "passkey": passkey.pk,
    }
