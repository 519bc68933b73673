"""What people choose and where they hear, through the API; and dead letters."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from notifications.deliveries.send import deliver
from notifications.models import Delivery, Endpoint
from socialapp.follows.operations import follow
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment, uncomment
from tests.notifications.fakes import Other, pass_time

pytestmark = pytest.mark.django_db

V1 = "/api/social/v1/"
ApiOf = Callable[[Person | None], APIClient]


@pytest.fixture
def api(api_of: ApiOf, ada: Person) -> APIClient:
    """Ada's program."""
    return api_of(ada)


def test_preferences(api: APIClient) -> None:
    cell = {"kind": "like", "channel": "push", "from_whom": "no_one"}
    assert cell in api.patch(f"{V1}notifications/preferences/", {"preferences": [cell]}).json()["preferences"]
    assert len(api.get(f"{V1}notifications/preferences/").json()["preferences"]) == 39
    never = {"kind": "moderation", "channel": "inbox"}, {"kind": "moderation", "from_whom": "following"}
    for bad in ({"kind": "poke"}, {"channel": "pigeon"}, {"from_whom": "strangers"}, *never):
        assert api.patch(f"{V1}notifications/preferences/", {"preferences": [cell | bad]}).status_code == 400


def test_timing(api: APIClient) -> None:
    hours = {"time_zone": "Asia/Tokyo", "quiet_from": "22:00:00", "quiet_to": "07:00:00"}
    assert api.patch(f"{V1}notifications/schedule/", hours).json() == {
        **hours,
        "mail_rhythm": "immediate",
        "digest_at": "08:00:00",
    }
    for bad in ({"quiet_to": None}, {"time_zone": "Moon/Sea"}, {"quiet_to": "22:00"}, {"mail_rhythm": "hourly"}):
        assert api.patch(f"{V1}notifications/schedule/", bad).status_code == 400
    assert api.get(f"{V1}notifications/schedule/").json()["quiet_to"] == "07:00:00"


def test_mutes(api: APIClient, bob: Person, post: Post) -> None:
    until = (timezone.now() + timedelta(days=1)).isoformat()
    made = api.post(f"{V1}notifications/mutes/", {"person": "bob", "until": until}).json()
    assert made["person"] == "bob"
    again = api.post(f"{V1}notifications/mutes/", {"person": "bob"}).json()
    assert (again["id"], again["until"]) == (made["id"], None)
    assert api.post(f"{V1}notifications/mutes/", {"post": post.pk, "kind": "like"}).status_code == 201
    past = {"post": post.pk, "until": "2020-01-01T00:00:00Z"}
    for bad in ({}, {"person": "bob", "post": post.pk}, {"person": "bob", "kind": "like"}, past, {"person": "ada"}):
        assert api.post(f"{V1}notifications/mutes/", bad).status_code == 400
    assert api.post(f"{V1}notifications/mutes/", {"person": "nobody"}).status_code == 404
    assert len(api.get(f"{V1}notifications/mutes/").json()["results"]) == 2
    assert api.delete(f"{V1}notifications/mutes/{made['id']}/").status_code == 204
    assert api.delete(f"{V1}notifications/mutes/{made['id']}/").status_code == 404


def test_bell_and_block(api: APIClient, ada: Person, bob: Person) -> None:
    assert api.put(f"{V1}people/bob/bell/").status_code == 403
    follow(follower_id=ada.pk, followee_id=bob.pk)
    assert api.put(f"{V1}people/bob/bell/").json() == {"bell": True}
    assert api.delete(f"{V1}people/bob/bell/").status_code == 204
    assert api.put(f"{V1}people/bob/block/").status_code == 201
    assert api.put(f"{V1}people/bob/block/").status_code == 200
    assert [person["username"] for person in api.get(f"{V1}blocks/").json()["results"]] == ["bob"]
    assert api.put(f"{V1}people/bob/follow/").status_code == 404
    assert api.delete(f"{V1}people/bob/block/").status_code == 204
    assert api.put(f"{V1}people/ada/block/").status_code == 400


def test_a_webhook_and_its_log(api: APIClient, other: Other, bob: Person, post: Post) -> None:
    made = api.post(
        f"{V1}notifications/endpoints/webhook/", {"name": "bot", "address": f"{other.fakes.url}/hooks/ada"}
    ).json()
    receiver = other.fakes.webhook.receiver("ada")
    receiver.secret = made["secret"]
    place = f"{V1}notifications/endpoints/{made['id']}/"

    test = api.post(f"{place}test/").json()
    deliver("webhook")
    told = api.get(f"{V1}notifications/deliveries/{test['id']}/").json()
    assert (told["state"], [attempt["code"] for attempt in told["log"]]) == ("sent", [204])
    comment(bob, post)
    deliver("webhook")
    assert receiver.messages[-1]["data"]["text"] == "Bob commented on your post"
    assert receiver.messages[-1]["type"] == "notification.comment"
    (last, _) = api.get(f"{place}deliveries/").json()["results"]
    assert api.post(f"{V1}notifications/deliveries/{last['id']}/resend/").status_code == 202
    deliver("webhook")
    span = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
    assert api.post(f"{place}replay/", span).json() == {"count": 1}
    deliver("webhook")
    assert sorted(receiver.times.values()) == [1, 3]
    assert len(receiver.messages) == 2
    assert api.patch(place, {"enabled": False}).json()["enabled"] is False
    assert api.post(f"{place}test/").status_code == 400
    assert api.post(f"{place}secret/").status_code == 201
    assert api.delete(place).status_code == 204
    for bad in ("https://10.0.0.1/", "http://example.org/", "nonsense", "https://[::ffff:127.0.0.1]/"):
        answer = api.post(f"{V1}notifications/endpoints/webhook/", {"name": "bot", "address": bad})
        assert answer.status_code == 400


def test_push_subscriptions(api: APIClient, other: Other, ada: Person) -> None:
    address, browser = other.fakes.push.new_browser()
    said = {"endpoint": address, "keys": browser.keys(), "name": "tester"}
    assert api.post(f"{V1}notifications/endpoints/push/", said).status_code == 201
    (known,) = api.get(f"{V1}notifications/endpoints/").json()["results"]
    assert (known["name"], known["enabled"], known["failing"]) == ("tester", True, False)
    assert len(api.get(f"{V1}notifications/endpoints/push/").json()["key"]) == 87
    assert api.post(f"{V1}notifications/endpoints/push/", {"endpoint": address}).status_code == 400


def test_nobody_sees_anothers(api_of: ApiOf, other: Other, ada: Person, bob: Person, post: Post) -> None:
    endpoint, _ = other.webhook_of(ada)
    comment(bob, post)
    stranger = api_of(bob)
    place = f"{V1}notifications/endpoints/{endpoint.pk}/"
    assert stranger.get(place).status_code == stranger.delete(place).status_code == 404
    assert stranger.post(f"{place}test/").status_code == stranger.get(f"{place}deliveries/").status_code == 404
    assert stranger.get(f"{V1}notifications/deliveries/{Delivery.objects.get().pk}/").status_code == 404
    assert stranger.get(f"{V1}dead-letters/").status_code == 403
    assert api_of(None).get(f"{V1}notifications/endpoints/").status_code == 401


def test_why(api: APIClient, api_of: ApiOf, other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.webhook_of(ada)
    other.script("webhook", "500")
    comment(bob, post)
    deliver("webhook")
    query: dict[str, str | int] = {"actor": "bob", "kind": "comment", "post": post.pk}
    stories = {story["title"]: story["steps"] for story in api.get(f"{V1}notifications/why/", query).json()}
    assert [step["text"] for step in stories["Inbox"]] == ["Accepted: Bob", "In the inbox: Bob"]
    steps = [step["text"] for step in stories["Webhook: my bot"]]
    assert (steps[0], steps[-1]) == ("Planned", "Next attempt")
    assert "failed, to be tried again" in steps[1]
    uncomment(bob, post)
    assert "Taken back since: Bob" in str(api.get(f"{V1}notifications/why/", query).json())
    assert api_of(bob).get(f"{V1}notifications/why/", query | {"recipient": "ada"}).status_code == 403
    bob.is_staff = bob.is_superuser = True
    bob.save()
    assert api_of(bob).get(f"{V1}notifications/why/", query | {"recipient": "ada"}).json()
    assert api.get(f"{V1}notifications/why/", query | {"kind": "like"}).json() == []


def test_dead_letters_are_counted_and_sent_again(
    api_of: ApiOf, other: Other, ada: Person, bob: Person, post: Post
) -> None:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    admin = api_of(bob)
    endpoint, receiver = other.webhook_of(ada)
    other.script("webhook", "410")
    comment(bob, post)
    deliver("webhook")

    def post_(said: dict[str, Any]) -> Any:
        return admin.post(f"{V1}dead-letters/", said).json()

    assert len(admin.get(f"{V1}dead-letters/", {"channel": "webhook", "reason": "gone"}).json()["results"]) == 1
    assert post_({"reason": "answered"}) == {"count": 0, "dry_run": True}
    assert post_({"recipient": "ada"}) == {"count": 1, "dry_run": True}
    assert receiver.messages == []
    Endpoint.objects.filter(pk=endpoint.pk).update(disabled_at=None)
    assert post_({"recipient": "ada", "dry_run": False}) == {"count": 1, "dry_run": False}
    deliver("webhook")
    assert list(receiver.times) == [f"msg_{Delivery.objects.get().pk}"]

    other.script("webhook", "410")
    comment(bob, post, 2)
    pass_time(timedelta(minutes=2))
    deliver("webhook")
    said = StringIO()
    call_command("redeliver", "--channel", "webhook", stdout=said)
    call_command("redeliver", "--since", "2020-01-01", "--until", "2021-01-01T00:00", "--send", stdout=said)
    assert said.getvalue().splitlines() == [
        "1 dead letters fit. Add --send to send them again.",
        "0 dead letters are sent again.",
    ]
    with pytest.raises(CommandError, match="is not a time"):
        call_command("redeliver", "--since", "yesterday")
