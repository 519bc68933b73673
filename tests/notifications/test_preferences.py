"""What people choose holds: from whom, when, and what they are spared."""

from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from notifications.deliveries.send import deliver
from notifications.inbox.queries import inbox
from notifications.inbox.unread_counts import unread_count
from notifications.models import Delivery, DeliverySchedule, FromWhom, GroupMember, Kind, Preference
from notifications.preferences import mutes
from notifications.preferences.operations import DEFAULTS, INBOX, preferences_of, set_preferences
from notifications.preferences.quiet_hours import next_digest, quiet_until
from socialapp.follows.operations import block, follow, unblock
from socialapp.messaging.consumer import consume
from socialapp.messaging.messages import ReactionAdded
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment, say
from tests.notifications.fakes import Other, pass_time

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    """As in "2026-10-25 01:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fates() -> dict[str, tuple[str, str]]:
    """State and reason of the one delivery of each channel."""
    return {d.channel: (d.state, d.reason) for d in Delivery.objects.all()}


def like(actor: Person, post: Post) -> None:
    """Said, and acted on."""
    say(ReactionAdded, actor, post)
    consume()


def test_there_is_a_default_for_each_kind_in_the_inbox_and_on_each_channel() -> None:
    cells = {(kind, way) for kind in Kind for way in (INBOX, *settings.CHANNELS)}
    assert DEFAULTS.keys() == cells - {(Kind.MODERATION, INBOX)}  # which cannot be turned off


def test_the_inbox_takes_from_everyone_by_default_as_its_statement_does() -> None:
    assert {DEFAULTS[kind, INBOX] for kind in Kind if kind != Kind.MODERATION} == {FromWhom.EVERYONE}
    assert (Kind.MODERATION, INBOX) not in DEFAULTS


def test_a_choice_holds_and_the_default_again_is_no_row(ada: Person) -> None:
    set_preferences(person_id=ada.pk, changes={(Kind.LIKE, "push"): FromWhom.NO_ONE})
    assert preferences_of(ada.pk)["like", "push"] == "no_one"
    set_preferences(person_id=ada.pk, changes={(Kind.LIKE, "push"): FromWhom.FOLLOWING})
    assert preferences_of(ada.pk)["like", "push"] == "following"
    assert not Preference.objects.exists()


def test_from_people_i_follow(other: Other, ada: Person, bob: Person, charlie: Person, post: Post) -> None:
    """The default for likes outside of the inbox."""
    other.browser_of(ada)
    follow(follower_id=ada.pk, followee_id=bob.pk)
    like(charlie, post)
    assert fates() == {"push": ("suppressed", "not_wanted")}
    like(bob, post)
    deliver("push")
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sent", "suppressed"]


def test_what_the_inbox_does_not_take_nothing_carries(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.webhook_of(ada)
    set_preferences(person_id=ada.pk, changes={(Kind.LIKE, "inbox"): FromWhom.NO_ONE})
    like(bob, post)
    assert inbox(ada.pk).items == []
    assert not Delivery.objects.exists()
    assert GroupMember.objects.get().suppressed_reason == "not_wanted"


def test_asked_again_when_it_is_sent(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    other.browser_of(ada)
    comment(bob, post)
    set_preferences(person_id=ada.pk, changes={(Kind.COMMENT, "email"): FromWhom.NO_ONE})
    mutes.mute_person(person=ada, muted=bob)
    pass_time(timedelta(minutes=4))
    deliver("email")
    deliver("push")
    assert fates() == {"email": ("suppressed", "not_wanted"), "push": ("suppressed", "muted")}


def test_a_mute_ends_at_its_time(ada: Person, bob: Person, charlie: Person, post: Post) -> None:
    mute = mutes.mute_post(person=ada, post_id=post.pk, kind="like", until=timezone.now() + timedelta(hours=1))
    like(bob, post)
    comment(bob, post)
    assert [entry.kind for entry in inbox(ada.pk).items] == ["comment"]
    mute.until = timezone.now() - timedelta(seconds=1)
    mute.save()
    like(charlie, post)
    assert sorted(str(entry.kind) for entry in inbox(ada.pk).items) == ["comment", "like"]
    (liked,) = (entry for entry in inbox(ada.pk).items if entry.kind == "like")
    assert [person.username for person in liked.people] == ["charlie"]


def test_muting_a_thread_mutes_all_of_it(ada: Person, bob: Person, post: Post) -> None:
    mutes.mute_post(person=ada, post_id=post.pk)
    like(bob, post)
    comment(bob, post)
    assert inbox(ada.pk).items == []
    assert set(GroupMember.objects.values_list("suppressed_reason", flat=True)) == {"muted"}


def test_the_posts_of_somebody_muted_do_not_notify(ada: Person, bob: Person) -> None:
    from socialapp.posts.operations import publish_post

    follow(follower_id=ada.pk, followee_id=bob.pk)
    publish_post(author=bob, body="News")
    assert unread_count(ada.pk) == 1
    mute = mutes.mute_person(person=ada, muted=bob)
    assert unread_count(ada.pk) == 0
    assert inbox(ada.pk).items == []
    mutes.unmute(person=ada, mute_id=mute.pk)
    set_preferences(person_id=ada.pk, changes={(Kind.POST, "inbox"): FromWhom.NO_ONE})
    assert unread_count(ada.pk) == 0
    assert inbox(ada.pk).items == []


def test_a_block_removes_what_was_notified_and_what_waits(
    other: Other, ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    other.mail_of(ada)
    follow(follower_id=bob.pk, followee_id=ada.pk)
    comment(bob, post)
    comment(charlie, post, 2)
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    consume()

    (entry,) = inbox(ada.pk).items
    assert (entry.kind, entry.count, [p.username for p in entry.people]) == ("comment", 1, ["charlie"])
    pass_time(timedelta(minutes=4))
    deliver("email")
    assert [mail.message["Subject"] for mail in other.fakes.mail.mails] == ["Charlie commented on your post"]
    with pytest.raises(Person.DoesNotExist):
        follow(follower_id=bob.pk, followee_id=ada.pk)
    like(bob, post)  # said before the block was known
    assert GroupMember.objects.get(group__kind="like").suppressed_reason == "blocked"
    assert unblock(blocker_id=ada.pk, blocked_id=bob.pk)
    assert follow(follower_id=bob.pk, followee_id=ada.pk)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-07-01 19:59", None),
        ("2026-07-01 20:00", "2026-07-02 05:00"),  # 22:00 in Berlin's summer
        ("2026-07-02 04:59", "2026-07-02 05:00"),
        ("2026-07-02 05:00", None),
        ("2026-12-01 20:30", None),  # 21:30 in winter
        ("2026-12-01 21:00", "2026-12-02 06:00"),
        ("2026-10-24 20:30", "2026-10-25 06:00"),  # the night that has an hour more
        ("2026-10-25 05:30", "2026-10-25 06:00"),
        ("2027-03-27 21:30", "2027-03-28 05:00"),  # the night that has an hour less
        ("2027-03-28 05:30", None),
    ],
)
def test_quiet_hours_go_by_the_clock_on_the_wall(now: str, until: str | None) -> None:
    assert quiet_until(utc(now), BERLIN, time(22), time(7)) == (utc(until) if until else None)


def test_a_digest_comes_at_the_same_time_on_the_wall() -> None:
    assert next_digest(utc("2026-10-24 07:00"), BERLIN, time(8), weekly=False) == utc("2026-10-25 07:00")
    assert next_digest(utc("2026-10-25 07:00"), BERLIN, time(8), weekly=False) == utc("2026-10-26 07:00")
    assert next_digest(utc("2026-10-21 07:00"), BERLIN, time(8), weekly=True) == utc("2026-10-26 07:00")


def test_push_is_held_in_quiet_hours_and_comes_as_one_summary(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    _, browser = other.browser_of(ada)
    now = timezone.now()
    DeliverySchedule.objects.create(
        person=ada, quiet_from=(now - timedelta(hours=1)).time(), quiet_to=(now + timedelta(hours=1)).time()
    )
    follow(follower_id=bob.pk, followee_id=ada.pk)
    consume()
    comment(bob, post)
    deliver("push")
    assert browser.messages == []
    assert set(Delivery.objects.values_list("reason", "attempts")) == {("quiet_hours", 0)}
    DeliverySchedule.objects.all().delete()
    pass_time(timedelta(hours=2))
    deliver("push")
    (message,) = browser.messages
    assert message["title"] == "2 notifications"
    assert set(message["body"].splitlines()) == {"Bob followed you", "Bob commented on your post"}


def test_a_daily_digest_is_one_mail_at_its_time(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    DeliverySchedule.objects.create(
        person=ada, mail_rhythm="daily", digest_at=(timezone.now() - timedelta(hours=1)).time()
    )
    comment(bob, post)
    follow(follower_id=bob.pk, followee_id=ada.pk)
    consume()
    for _ in range(22):
        pass_time(timedelta(hours=1))
        deliver("email")
    assert other.fakes.mail.mails == []
    for _ in range(3):
        pass_time(timedelta(hours=1))
        deliver("email")
    (mail,) = other.fakes.mail.mails
    assert mail.message["Subject"] == "Bob commented on your post, and 1 more"


def test_one_click_unsubscribes_and_looking_does_not(other: Other, ada: Person, bob: Person, post: Post) -> None:
    other.mail_of(ada)
    comment(bob, post)
    pass_time(timedelta(minutes=4))
    deliver("email")
    (mail,) = other.fakes.mail.mails
    path = urlsplit(mail.message["List-Unsubscribe"].strip("<> ")).path
    stranger = Client(enforce_csrf_checks=True)

    assert "Comments" in stranger.get(path).content.decode()
    assert preferences_of(ada.pk)["comment", "email"] == "everyone"
    assert stranger.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert preferences_of(ada.pk)["comment", "email"] == "no_one"
    assert preferences_of(ada.pk)["reply", "email"] == "everyone"
    assert stranger.post(path).status_code == 200
    assert stranger.post(path[:-3] + "xx/").status_code == 404
