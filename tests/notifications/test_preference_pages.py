"""The pages of what people choose and where they hear, as a browser without scripts sees them."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from notifications.deliveries.send import deliver
from notifications.models import Bell, Delivery, Endpoint, Mute
from notifications.preferences.operations import preferences_of
from socialapp.follows.operations import follow
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(ada: Person) -> Client:
    """Ada's browser."""
    client = Client()
    client.force_login(ada)
    return client


def test_choices_and_times_are_saved(page: Client, ada: Person) -> None:
    address = reverse("notifications:preferences")
    form = {f"{kind}-{channel}": whom for (kind, channel), whom in preferences_of(ada.pk).items()}
    assert page.post(address, form | {"like-push": "no_one"}).status_code == 302
    assert preferences_of(ada.pk)["like", "push"] == "no_one"
    assert page.post(address, form | {"like-push": "strangers"}).status_code == 400

    hours = {"time_zone": "Europe/Berlin", "quiet_from": "22:00", "quiet_to": "07:00"}
    hours |= {"mail_rhythm": "daily", "digest_at": "08:00"}
    assert page.post(reverse("notifications:schedule"), hours).status_code == 302
    assert 'value="22:00"' in page.get(address).content.decode()
    refused = page.post(reverse("notifications:schedule"), hours | {"quiet_to": ""})
    assert "Give both ends of the quiet hours" in refused.content.decode()


def test_a_webhook_from_its_making_to_its_end(page: Client, other: Other, ada: Person, bob: Person, post: Post) -> None:
    address = reverse("notifications:endpoints")
    refused = page.post(address, {"name": "bot", "address": "https://127.0.0.1/"})
    assert "not on the public internet" in refused.content.decode()
    made = page.post(address, {"name": "bot", "address": f"{other.fakes.url}/hooks/ada"}).content.decode()
    other.fakes.webhook.receiver("ada").secret = re.findall(r"whsec_[\w+/=]+", made)[0]
    assert "whsec_" not in page.get(address).content.decode()
    endpoint = Endpoint.objects.get(person=ada)

    def press(verb: str) -> str:
        address = reverse("notifications:change_endpoint", args=[endpoint.pk, verb])
        return page.post(address, follow=True).content.decode()

    assert "On its way" in press("test")
    deliver("webhook")
    assert "It was taken" in page.get(reverse("notifications:test", args=[Delivery.objects.get().pk])).content.decode()
    comment(bob, post)
    deliver("webhook")
    rotated = press("rotate")
    comment(bob, post, 2)
    pass_time(timedelta(minutes=1))
    deliver("webhook")
    receiver = other.fakes.webhook.receiver("ada")
    assert len(receiver.messages) == 3  # signed with the old secret too
    receiver.secret = re.findall(r"whsec_[\w+/=]+", rotated)[0]

    log = reverse("notifications:log", args=[endpoint.pk])
    shown = page.get(log).content.decode()
    assert "notification.comment" in shown
    last = Delivery.objects.latest("id")
    page.post(reverse("notifications:resend", args=[endpoint.pk, last.pk]))
    deliver("webhook")
    assert receiver.times[f"msg_{last.batch}"] == 2
    spans = {"since": "2020-01-01T00:00", "until": "2100-01-01T00:00"}
    assert "2 deliveries are sent again" in page.post(log, spans, follow=True).content.decode()
    deliver("webhook")
    assert receiver.times[f"msg_{last.batch}"] == 3
    assert len(receiver.messages) == 3
    assert receiver.refused == []

    assert "Off: turned off by you" in press("off")
    assert "Turned on" in press("on")
    assert "Removed" in press("remove")
    assert not Endpoint.objects.exists()


def test_nobody_touches_anothers_endpoint(page: Client, other: Other, bob: Person) -> None:
    endpoint, _ = other.webhook_of(bob)
    for verb in ("test", "rotate", "on", "off", "remove"):
        assert page.post(reverse("notifications:change_endpoint", args=[endpoint.pk, verb])).status_code == 404
    assert page.get(reverse("notifications:log", args=[endpoint.pk])).status_code == 404
    assert Endpoint.objects.filter(pk=endpoint.pk).exists()


def test_only_a_webhook_gets_a_new_secret(page: Client, other: Other, ada: Person) -> None:
    for endpoint in (other.browser_of(ada)[0], other.mail_of(ada)):
        assert page.post(reverse("notifications:change_endpoint", args=[endpoint.pk, "rotate"])).status_code == 404


def test_the_page_of_devices_shows_an_endpoint_of_a_newer_release(page: Client, other: Other, ada: Person) -> None:
    endpoint = other.webhook_of(ada)[0]
    Endpoint.objects.filter(pk=endpoint.pk).update(channel="carrier")
    assert "carrier: my bot" in page.get(reverse("notifications:log", args=[endpoint.pk])).content.decode()
    assert page.get(reverse("notifications:endpoints")).status_code == 200


def test_a_browser_subscribes(page: Client, other: Other, ada: Person) -> None:
    address, browser = other.fakes.push.new_browser()

    def subscribe(said: object) -> int:
        return page.post(reverse("notifications:subscribe"), json.dumps(said), "application/json").status_code

    assert subscribe({"endpoint": address, "keys": browser.keys()}) == 201
    assert subscribe({"endpoint": address, "keys": browser.keys()}) == 201
    assert Endpoint.objects.count() == 1
    assert subscribe([]) == subscribe({}) == subscribe({"endpoint": address, "keys": 3}) == 400
    assert subscribe({"endpoint": "https://10.0.0.1/", "keys": browser.keys()}) == 400
    assert "javascript" in page.get("/service-worker.js")["Content-Type"]


def test_muting_and_its_way_back(page: Client, ada: Person, bob: Person, post: Post) -> None:
    comment(bob, post)
    entry = page.get("/inbox/").context["page"].items[0]
    assert "Why did I get this?" in page.get(reverse("notifications:why", args=[entry.id])).content.decode()
    page.post(reverse("notifications:mute_entry", args=[entry.id]), {"what": "kind", "for": "day"})
    page.post(reverse("notifications:mute_person", args=["bob"]), {"for": "always"})
    assert set(Mute.objects.values_list("kind", flat=True)) == {"comment", ""}
    shown = page.get(reverse("notifications:muted")).content.decode()
    assert "only: Comments" in shown
    for mute in Mute.objects.all():
        page.post(reverse("notifications:unmute", args=[mute.pk]))
    assert not Mute.objects.exists()


def test_what_one_did_not_hear_of(page: Client, ada: Person, bob: Person, post: Post) -> None:
    address = reverse("notifications:missed")
    query = {"actor": "@Bob", "kind": "comment", "post": f"http://127.0.0.1:8000/posts/{post.pk}/"}
    assert "It never was" in page.get(address, query).content.decode()
    page.post(reverse("notifications:mute_person", args=["bob"]), {"for": "always"})
    comment(bob, post)
    shown = page.get(address, query).content.decode()
    assert "Withheld: Bob" in shown
    assert "muted" in shown
    assert page.get(address, query | {"post": "that one"}).status_code == 400
    assert "It never was" not in page.get(address).content.decode()


def test_bell_and_block_on_a_profile(page: Client, ada: Person, bob: Person) -> None:
    page.post(reverse("notifications:bell", args=["bob"]))
    assert not Bell.objects.exists()
    follow(follower_id=ada.pk, followee_id=bob.pk)
    page.post(reverse("notifications:bell", args=["bob"]))
    assert 'aria-pressed="true"' in page.get("/@bob/").content.decode()
    page.post(reverse("notifications:bell_off", args=["bob"]))
    assert not Bell.objects.exists()
    shown = page.post(reverse("follows:block", args=["bob"]), {"next": "/@bob/"}, follow=True).content.decode()
    assert "Unblock" in shown
    consume()
    assert "Bob" in page.get(reverse("notifications:muted"), {"which": "blocked"}).content.decode()
    page.post(reverse("follows:unblock", args=["bob"]))
    assert "Unblock" not in page.get("/@bob/").content.decode()
