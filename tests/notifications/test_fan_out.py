"""Ring me when they post: one job for a post, in chunks, that can be paused, cancelled and killed."""

import pytest

from notifications.deliveries import fan_out
from notifications.deliveries.send import deliver
from notifications.models import Bell, Delivery, FanOut
from notifications.preferences import bells, mutes
from socialapp.follows.operations import follow
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, publish_post
from socialapp.users.models import Person
from tests.notifications.fakes import Other
from tests.people import new_person

pytestmark = pytest.mark.django_db


def new_post(author: Person) -> Post:
    """Published, and its message acted on."""
    post, _ = publish_post(author=author, body="News")
    consume()
    return post


@pytest.fixture
def holders(other: Other, ada: Person, monkeypatch: pytest.MonkeyPatch) -> list[Person]:
    """Five people whose bell is on for Ada, each with a browser; chunks of two."""
    monkeypatch.setattr(fan_out, "CHUNK", 2)
    people = [new_person(f"holder{n}") for n in range(5)]
    for person in people:
        follow(follower_id=person.pk, followee_id=ada.pk)
        other.browser_of(person)
        bells.switch_bell(person=person, author=ada, on=True)
    consume()
    return people


def test_those_whose_bell_is_on_are_notified(other: Other, holders: list[Person], ada: Person, bob: Person) -> None:
    other.browser_of(bob)
    follow(follower_id=bob.pk, followee_id=ada.pk)
    post = new_post(ada)
    fan_out.run()
    deliver("push")

    titles = [message["title"] for browser in other.fakes.push.browsers.values() for message in browser.messages]
    assert titles == ["Ada posted"] * 5
    assert set(Delivery.objects.filter(kind="post").values_list("recipient_id", flat=True)) == {p.pk for p in holders}
    job = FanOut.objects.get(post=post)
    assert (job.state, job.done, job.total) == ("done", 5, 5)


def test_where_no_bell_is_on_there_is_no_job(other: Other, ada: Person, bob: Person) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    new_post(ada)
    assert not FanOut.objects.exists()


def test_a_job_that_died_goes_on_where_it_was(holders: list[Person], ada: Person) -> None:
    new_post(ada)
    assert fan_out.chunk()
    assert FanOut.objects.get().done == 2
    fan_out.run()  # another worker
    assert Delivery.objects.filter(kind="post").count() == 5


def test_published_twice_it_notifies_once(other: Other, holders: list[Person], ada: Person) -> None:
    post = new_post(ada)
    fan_out.run()
    fan_out.start([(ada.pk, post.pk, post.created_at, "")])
    fan_out.run()
    assert Delivery.objects.filter(kind="post").count() == 5


def test_paused_and_resumed(holders: list[Person], ada: Person) -> None:
    new_post(ada)
    fan_out.chunk()
    job = FanOut.objects.get()
    assert fan_out.pause([job.pk]) == 1
    assert not fan_out.chunk()
    assert fan_out.resume([job.pk]) == 1
    fan_out.run()
    assert Delivery.objects.filter(kind="post").count() == 5


def test_cancelled_what_waits_is_suppressed(other: Other, holders: list[Person], ada: Person) -> None:
    new_post(ada)
    fan_out.chunk()
    assert fan_out.cancel([FanOut.objects.get().pk]) == 1
    fan_out.run()
    deliver("push")
    assert other.told(holders[0], "push") == 0
    assert set(Delivery.objects.values_list("state", "reason")) == {("suppressed", "fan_out_cancelled")}


def test_a_post_that_goes_ends_its_job(other: Other, holders: list[Person], ada: Person) -> None:
    post = new_post(ada)
    fan_out.chunk()
    delete_post(post_id=post.pk, by=ada)
    fan_out.run()
    deliver("push")
    assert FanOut.objects.get().state == "cancelled"
    assert set(Delivery.objects.values_list("state", "reason")) == {("suppressed", "post_gone")}


def test_a_bell_that_was_turned_off_and_a_mute_are_respected(other: Other, holders: list[Person], ada: Person) -> None:
    first, second, *_ = holders
    new_post(ada)
    fan_out.run()
    bells.switch_bell(person=first, author=ada, on=False)
    mutes.mute_person(person=second, muted=ada)
    deliver("push")
    fate = dict(Delivery.objects.exclude(reason="").values_list("recipient_id", "reason"))
    assert fate == {first.pk: "bell_off", second.pk: "muted"}


def test_the_smallest_job_goes_first(holders: list[Person], ada: Person, bob: Person) -> None:
    big = new_post(ada)
    Bell.objects.create(person=holders[0], author=bob)
    small = new_post(bob)
    fan_out.chunk()
    assert FanOut.objects.get(post=small).state == "done"
    assert FanOut.objects.get(post=big).done == 0
    fan_out.run()
    assert dict(Delivery.objects.values_list("post_id", "bulk").distinct()) == {small.pk: False, big.pk: True}


def test_while_enough_waits_none_are_added(holders: list[Person], ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out, "MOST_WAITING", 2)
    big = new_post(ada)
    fan_out.run()
    assert FanOut.objects.get(post=big).done == 2
    Bell.objects.create(person=holders[0], author=holders[1])
    small = new_post(holders[1])
    fan_out.run()
    assert FanOut.objects.get(post=small).state == "done"  # not behind the large one
    assert FanOut.objects.get(post=big).done == 2
    deliver("push")
    fan_out.run()
    assert FanOut.objects.get(post=big).done == 4
