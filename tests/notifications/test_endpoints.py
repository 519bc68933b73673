"""Endpoints over days: warned of, turned off, and gone with their account."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.db.models import F

from notifications.deliveries.maintenance import disable_failing_endpoints, purge, wake_workers_for_what_is_due
from notifications.deliveries.send import deliver
from notifications.history.audit import audit
from notifications.models import Circuit, Delivery, DeliverySchedule, Endpoint, GroupMember, Mute
from notifications.preferences import mutes
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.users.models import Person
from socialapp.users.operations import delete_account
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time

pytestmark = pytest.mark.django_db


def test_a_webhook_that_fails_for_days_is_turned_off_and_its_owner_warned_before(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    endpoint, _ = other.webhook_of(ada)
    other.mail_of(ada)
    other.script("webhook", always="500")
    subjects: list[str] = []
    for hour in range(80):
        comment(bob, post, hour + 1)
        deliver("webhook")
        pass_time(timedelta(hours=1))
        disable_failing_endpoints()
        deliver("email")
        new = [str(m.message["Subject"]) for m in other.fakes.mail.mails if "my bot" in str(m.message["Subject"])]
        if len(new) > len(subjects):
            subjects = new
            endpoint.refresh_from_db()
            assert (endpoint.disabled_at is not None) == (len(subjects) == 2)
    assert [subject.split(" has ")[0].split(" was ")[0] for subject in subjects] == ["Webhook: my bot"] * 2
    assert endpoint.disabled_reason_text == "failed for 3 days: answered 500"
    comment(bob, post, 100)
    pass_time(timedelta(hours=4))
    deliver("webhook")
    assert set(Delivery.objects.filter(channel="webhook").values_list("state", flat=True)) <= {"suppressed", "dead"}
    assert Delivery.objects.filter(channel="webhook").latest("id").reason == "endpoint_disabled"


def test_one_that_works_again_is_not_turned_off(other: Other, ada: Person, bob: Person, post: Post) -> None:
    endpoint, _ = other.webhook_of(ada)
    other.mail_of(ada)
    other.script("webhook", "500")
    comment(bob, post)
    deliver("webhook")
    pass_time(timedelta(hours=30))
    disable_failing_endpoints()
    deliver("webhook")
    pass_time(timedelta(hours=60))
    disable_failing_endpoints()
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None
    assert Circuit.objects.get(pk=endpoint.circuit_id).warned_at is None


def test_an_address_that_is_no_longer_confirmed_gets_no_mail(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.mail_of(ada)
    comment(bob, post)
    EmailAddress.objects.filter(user=ada).update(verified=False)
    pass_time(timedelta(minutes=4))
    deliver("email")
    assert Delivery.objects.get().reason == "address_unconfirmed"


def test_another_confirmed_address_takes_over_and_no_longer_bounces(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    endpoint = other.mail_of(ada)
    other.script("email", "550")
    comment(bob, post)
    pass_time(timedelta(minutes=4))
    deliver("email")
    EmailAddress.objects.filter(user=ada).update(email="new@example.org")
    comment(bob, post, 2)
    pass_time(timedelta(minutes=4))
    deliver("email")
    endpoint.refresh_from_db()
    assert (endpoint.address, endpoint.disabled_at) == ("new@example.org", None)
    assert [mail.to for mail in other.fakes.mail.mails] == ["new@example.org"]


def test_a_deleted_account_leaves_nothing_behind(other: Other, ada: Person, bob: Person, post: Post) -> None:
    for name in ("email", "push", "webhook"):
        other.endpoint_of(ada, name)
    mutes.mute_person(person=ada, muted=bob)
    DeliverySchedule.objects.create(person=ada)
    comment(ada, post)
    shared = Circuit.objects.filter(name="email server").count()
    delete_account(person=ada)
    consume()
    assert not Endpoint.objects.exists()
    assert not Delivery.objects.exists()
    assert not Mute.objects.exists()
    assert not DeliverySchedule.objects.exists()
    assert Circuit.objects.count() == shared


def test_what_ended_long_ago_is_purged_and_what_is_due_is_rung_for(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.webhook_of(ada)
    comment(bob, post)
    wake_workers_for_what_is_due()
    deliver("webhook")
    pass_time(timedelta(days=29))
    purge()
    assert Delivery.objects.count() == 1
    pass_time(timedelta(days=2))
    purge()
    assert Delivery.objects.count() == 0


def test_how_long_deliveries_are_kept_is_a_setting_and_the_audit_does_not_miss_those_that_went_by_a_shorter_one(
    other: Other, ada: Person, bob: Person, post: Post, settings: LazySettings
) -> None:
    endpoint, _ = other.webhook_of(ada)
    comment(bob, post)
    deliver("webhook")
    settings.KEEP_DELIVERIES = timedelta(days=7)
    Endpoint.objects.update(created_at=F("created_at") - timedelta(days=1))
    for days, left in ((6, 1), (2, 0)):
        pass_time(timedelta(days=days))
        GroupMember.objects.update(delivered_at=F("delivered_at") - timedelta(days=days))
        Endpoint.objects.update(created_at=F("created_at") - timedelta(days=days))
        purge()
        assert Delivery.objects.filter(endpoint=endpoint).count() == left
    settings.KEEP_DELIVERIES = timedelta(days=30)
    assert audit().unplanned == 0
