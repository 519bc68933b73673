"""What waits for its hour comes at that hour, whole and once, and follows what its recipient chooses meanwhile."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from notifications.channels import channel
from notifications.deliveries import lease, redelivery
from notifications.deliveries.lease import LEASE, claim
from notifications.deliveries.notices import send_test, warn
from notifications.deliveries.send import deliver, send
from notifications.history.audit import audit
from notifications.models import Delivery, DeliverySchedule, Endpoint
from notifications.preferences.quiet_hours import next_digest, places, save_schedule
from socialapp.follows.operations import follow
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time

pytestmark = pytest.mark.django_db

A_WHILE = timedelta(minutes=4)


def in_hours(hours: int) -> time:
    """The time of day (UTC) in so many hours."""
    return (timezone.now() + timedelta(hours=hours)).time()


def another(author: Person) -> Post:
    """A post of theirs."""
    return Post.objects.create(author=author, body="Another")


def daily(person: Person, hours: int = 3) -> DeliverySchedule:
    """A digest that comes in so many hours."""
    return DeliverySchedule.objects.create(person=person, mail_rhythm="daily", digest_at=in_hours(hours))


def choose(schedule: DeliverySchedule) -> None:
    """Save it, and let what is held follow."""
    save_schedule(schedule)
    consume()


def hold(actor: Person, post: Post, number: int = 1) -> None:
    """A comment, after its first minutes."""
    comment(actor, post, number)
    pass_time(A_WHILE)
    deliver("email")


def subjects(other: Other) -> list[str]:
    """Of the mails that arrived."""
    return [str(mail.message["Subject"]) for mail in other.fakes.mail.mails]


def ids(other: Other) -> list[str]:
    """Of the mails that arrived."""
    return [str(mail.message["Message-ID"]) for mail in other.fakes.mail.mails]


def test_a_digest_is_not_sent_by_the_next_notification(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    daily(ada)
    hold(bob, post)
    hold(bob, another(ada))
    follow(follower_id=bob.pk, followee_id=ada.pk)
    consume()
    pass_time(A_WHILE)
    deliver("email")
    assert subjects(other) == []
    pass_time(timedelta(hours=3))
    deliver("email")
    assert subjects(other) == ["Bob commented on your post, and 2 more"]
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_a_test_mail_and_a_warning_take_no_digest_along(other: Other, ada: Person, bob: Person, post: Post) -> None:
    endpoint = other.mail_of(ada)
    webhook, _ = other.webhook_of(ada)
    daily(ada)
    hold(bob, post)
    send_test(endpoint=endpoint)
    warn(webhook, "It fails")
    deliver("email")
    assert sorted(subjects(other)) == ["A test from socialapp", "It fails"]
    assert Delivery.objects.get(channel="email", kind="comment").reason == "digest"
    pass_time(timedelta(hours=3))
    deliver("email")
    assert subjects(other)[2:] == ["Bob commented on your post"]
    assert len(set(ids(other))) == 3


def test_a_test_mail_does_not_cut_short_the_first_minutes(other: Other, ada: Person, bob: Person, post: Post) -> None:
    endpoint = other.mail_of(ada)
    comment(bob, post)
    send_test(endpoint=endpoint)
    deliver("email")
    assert subjects(other) == ["A test from socialapp"]


def test_a_digest_that_is_late_takes_all_along_that_came_before_its_hour(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    """No worker ran when it was due."""
    other.mail_of(ada)
    daily(ada, -1)
    comment(bob, post)
    comment(bob, another(ada))
    pass_time(timedelta(hours=2))
    deliver("email")
    assert subjects(other) == ["Bob commented on your post, and 1 more"]


def test_what_comes_after_a_late_digest_waits_for_the_next(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    daily(ada, -1)
    comment(bob, post)
    pass_time(timedelta(hours=2))
    comment(bob, another(ada))
    deliver("email")
    assert subjects(other) == ["Bob commented on your post"]
    pass_time(A_WHILE)
    deliver("email")
    assert subjects(other) == ["Bob commented on your post"]


def test_two_mails_have_two_ids_whatever_left_the_first(other: Other, ada: Person, bob: Person, post: Post) -> None:
    """The first of a claim is held; the others go; then it goes by itself."""
    other.mail_of(ada)
    comment(bob, post)
    pass_time(A_WHILE)
    ((batch,), _) = claim(channel("email"))
    daily(ada)
    pass_time(LEASE)
    deliver("email")  # held now
    DeliverySchedule.objects.all().delete()
    hold(bob, another(ada))
    pass_time(timedelta(hours=3))
    deliver("email")
    assert subjects(other) == ["Bob commented on your post"] * 2
    assert len(set(ids(other))) == 2
    assert batch.id not in Delivery.objects.values_list("batch", flat=True)


def test_a_mail_that_may_have_arrived_comes_again_under_its_id(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.mail_of(ada)
    comment(bob, post)
    other.script("email", "late 2")  # taken, and confirmed too late
    pass_time(A_WHILE)
    deliver("email")
    pass_time(A_WHILE)
    deliver("email")
    assert len(ids(other)) == 2
    assert len(set(ids(other))) == 1


def test_a_large_mail_that_is_tried_again_is_still_one(
    other: Other, ada: Person, bob: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Larger than what one claim looks at."""
    monkeypatch.setattr(lease, "ROWS", 2)
    other.mail_of(ada)
    other.script("email", "451")
    for place in (post, another(ada), another(ada), another(ada), another(ada)):
        comment(bob, place)
    pass_time(A_WHILE)
    for _ in range(4):
        deliver("email")
        pass_time(A_WHILE)
    assert subjects(other) == ["Bob commented on your post, and 4 more"]
    assert audit().shared_ids == 0


def test_the_audit_sees_two_mails_under_one_id(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    comment(bob, post)
    comment(bob, another(ada))
    pass_time(A_WHILE)
    deliver("email")
    assert audit().shared_ids == 0
    first = Delivery.objects.order_by("pk")[0]
    Delivery.objects.filter(pk=first.pk).update(finished_at=timezone.now() - timedelta(hours=1))
    assert audit().shared_ids == 1


def test_a_mail_of_which_a_part_was_put_aside_is_not_sent_in_two(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    """Its sender began late, when its lease had ended, and a claim without room had put aside what it looked at."""
    other.mail_of(ada)
    comment(bob, post)
    comment(bob, another(ada))
    pass_time(A_WHILE)
    ((batch,), _) = claim(channel("email"))
    first = Delivery.objects.order_by("pk")[0]
    Delivery.objects.filter(pk=first.pk).update(lease=None, next_attempt_at=timezone.now())
    send(channel("email"), batch)
    assert ids(other) == []
    deliver("email")
    assert len(ids(other)) == 1
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_what_one_mail_took_along_ended_at_one_time(other: Other, ada: Person, bob: Person, post: Post) -> None:
    """However long PostgreSQL stands still between two of its rows: the audit takes two times for two mails."""
    other.mail_of(ada)
    comment(bob, post)
    comment(bob, another(ada))
    pass_time(A_WHILE)
    deliver("email")
    assert len(Delivery.objects.filter(state="sent")) == 2
    assert len(set(Delivery.objects.values_list("finished_at", flat=True))) == 1


def test_a_part_of_a_mail_that_is_sent_again_is_another_mail(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.mail_of(ada)
    other.script("email", "552", "552")
    comment(bob, post)
    comment(bob, another(ada))
    pass_time(A_WHILE)
    deliver("email")
    first, second = Delivery.objects.order_by("pk")
    assert first.batch == second.batch
    other.script("email")
    for delivery in (first, second):
        redelivery.redeliver(redelivery.dead_letters().filter(pk=delivery.pk))
        deliver("email")
    assert len(ids(other)) == len(set(ids(other))) == 2


def test_a_whole_mail_that_is_sent_again_keeps_its_id(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    other.script("email", "552")
    comment(bob, post)
    comment(bob, another(ada))
    pass_time(A_WHILE)
    deliver("email")
    (batch,) = set(Delivery.objects.values_list("batch", flat=True))
    assert redelivery.redeliver(redelivery.dead_letters()) == 2
    deliver("email")
    (id_,) = ids(other)
    assert f"{batch}@" in id_


# --- What waits follows what people choose ---


def held_until() -> datetime:
    """The one that is held."""
    return Delivery.objects.get(state="waiting").next_attempt_at


@pytest.mark.parametrize("page", [False, True], ids=["api", "page"])
def test_new_hours_hold_for_what_waits(page: bool, other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    auckland = datetime.now(ZoneInfo("Pacific/Auckland"))
    usual, later = (f"{auckland + timedelta(hours=hours):%H:%M}" for hours in (6, 8))
    DeliverySchedule.objects.create(person=ada, mail_rhythm="daily", time_zone="Pacific/Auckland", digest_at=usual)
    hold(bob, post)
    client = Client()
    client.force_login(ada)

    def change(**changes: str) -> None:
        now = {"time_zone": "Pacific/Auckland", "mail_rhythm": "daily", "digest_at": usual, **changes}
        if page:
            answer = client.post("/settings/notifications/schedule/", now)
            assert answer.status_code == 302
        else:
            answer = client.patch("/api/social/v1/notifications/schedule/", now, "application/json")
            assert answer.status_code == 200
        consume()

    def expected(zone: str, at: str, *, weekly: bool = False) -> datetime:
        return next_digest(datetime.now(UTC), ZoneInfo(zone), time.fromisoformat(at), weekly=weekly)

    change(time_zone="America/Los_Angeles")
    assert held_until() == expected("America/Los_Angeles", usual)
    change(digest_at=later)
    assert held_until() == expected("Pacific/Auckland", later)
    change(mail_rhythm="weekly")
    assert held_until() == expected("Pacific/Auckland", usual, weekly=True)
    assert Delivery.objects.get().expires_at > held_until()
    change(mail_rhythm="immediate")
    deliver("email")
    assert subjects(other) == ["Bob commented on your post"]


@pytest.mark.parametrize("tried", [False, True], ids=["due", "tried"])
def test_a_digest_whose_hour_has_come_is_not_put_off_by_saving_the_hours(
    tried: bool, other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.mail_of(ada)
    schedule = daily(ada)
    hold(bob, post)
    pass_time(timedelta(hours=3))
    if tried:
        other.script("email", "rcpt 450 4.2.0 Greylisted")
        deliver("email")
    choose(schedule)
    pass_time(timedelta(minutes=1))
    deliver("email")
    assert subjects(other) == ["Bob commented on your post"]


def test_push_that_is_held_follows_the_quiet_hours(other: Other, ada: Person, bob: Person, post: Post) -> None:
    _, browser = other.browser_of(ada)
    schedule = DeliverySchedule.objects.create(person=ada, quiet_from=in_hours(-1), quiet_to=in_hours(5))
    comment(bob, post)
    deliver("push")
    schedule.quiet_to = in_hours(2)
    choose(schedule)
    assert abs(held_until() - timezone.now() - timedelta(hours=2)) < timedelta(minutes=1)
    schedule.quiet_from = schedule.quiet_to = None
    choose(schedule)
    deliver("push")
    assert [message["title"] for message in browser.messages] == ["Bob commented on your post"]


def test_other_peoples_mail_does_not_follow(
    other: Other, ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    other.mail_of(ada)
    daily(ada)
    hold(bob, post)
    before = held_until()
    choose(DeliverySchedule(person=bob))
    assert held_until() == before


@pytest.mark.parametrize("keep", [True, False], ids=["beside the old", "instead of the old"])
def test_what_waits_goes_to_the_new_address(keep: bool, other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    daily(ada)
    hold(bob, post)
    old = EmailAddress.objects.get(user=ada)
    new = EmailAddress.objects.create(user=ada, email="new@example.org", verified=True)
    new.set_as_primary()
    if not keep:
        old.delete()
    pass_time(timedelta(hours=3))
    deliver("email")
    assert [mail.to for mail in other.fakes.mail.mails] == ["new@example.org"]
    assert Endpoint.objects.get().address == "new@example.org"


def test_what_bounced_at_the_old_address_goes_to_the_new_one(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.mail_of(ada)
    other.script("email", "550")
    hold(bob, post)
    assert Endpoint.objects.get().disabled_reason == "no_mailbox"
    EmailAddress.objects.filter(user=ada).update(email="new@example.org")
    redelivery.redeliver(redelivery.dead_letters())
    deliver("email")
    assert [mail.to for mail in other.fakes.mail.mails] == ["new@example.org"]


def test_a_new_address_does_not_turn_on_what_its_owner_turned_off(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    endpoint = other.mail_of(ada)
    comment(bob, post)
    Endpoint.objects.filter(pk=endpoint.pk).update(disabled_at=timezone.now(), disabled_reason="turned_off")
    EmailAddress.objects.filter(user=ada).update(email="new@example.org")
    comment(bob, post, 2)
    pass_time(A_WHILE)
    deliver("email")
    endpoint.refresh_from_db()
    assert (endpoint.address, endpoint.disabled_reason) == ("new@example.org", "turned_off")
    assert other.fakes.mail.mails == []


# --- Time zones ---


@pytest.mark.parametrize("zone", ["America/Nowhere", "localtime", "../etc/passwd", "", "America", "x\ty"])
@pytest.mark.parametrize("name", ["email", "push"])
def test_an_unknown_zone_is_utc_and_holds_up_no_other(
    zone: str, name: str, other: Other, ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    theirs = another(charlie)
    for person in (ada, charlie):
        other.endpoint_of(person, name)
    DeliverySchedule.objects.create(
        person=ada,
        time_zone=zone,
        quiet_from=in_hours(-1),
        quiet_to=in_hours(1),
        mail_rhythm="daily",
        digest_at=in_hours(1),
    )
    comment(bob, post)
    comment(bob, theirs)
    pass_time(A_WHILE)
    deliver(name)
    assert dict(Delivery.objects.values_list("recipient__username", "state")) == {"ada": "waiting", "charlie": "sent"}
    pass_time(timedelta(hours=1))
    DeliverySchedule.objects.update(quiet_to=in_hours(-1), quiet_from=in_hours(-2))
    deliver(name)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_the_zones_to_choose_from_are_places() -> None:
    offered = set(places())
    assert {"UTC", "Europe/Berlin", "Asia/Kolkata", "America/Argentina/Buenos_Aires"} <= offered
    leftovers = {"localtime", "Factory", "posixrules", "W-SU", "EST5EDT", "US/Pacific", "GB", "Etc/GMT+5", "GMT0"}
    assert not leftovers & offered


def test_a_zone_that_is_no_longer_offered_keeps_working(ada: Person) -> None:
    DeliverySchedule.objects.create(person=ada, time_zone="W-SU")
    client = Client()
    client.force_login(ada)
    assert "W-SU" in client.get("/settings/notifications/").content.decode()
    values = {"time_zone": "W-SU", "mail_rhythm": "daily", "digest_at": "08:00"}
    assert client.post("/settings/notifications/schedule/", values).status_code == 302
    assert client.patch("/api/social/v1/notifications/schedule/", values, "application/json").status_code == 200
    assert DeliverySchedule.objects.get().mail_rhythm == "daily"
    for other_one in ("localtime", "Factory"):
        answer = client.patch("/api/social/v1/notifications/schedule/", {"time_zone": other_one}, "application/json")
        assert answer.status_code == 400
