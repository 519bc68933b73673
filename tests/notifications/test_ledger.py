"""Nothing in the dark: the ledger adds up, a hole in it is found, and admins see it."""

from datetime import time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from notifications.deliveries.send import deliver
from notifications.history import audit as audits
from notifications.history.audit import audit
from notifications.models import Delivery, DeliverySchedule, Endpoint
from notifications.tasks import audit as audit_task
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time
from tests.people import new_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(other: Other, ada: Person, post: Post, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Ada has all three channels, one of which refuses for good; four people comment, before and after."""
    # What the ledger asks of facts is the reactions' side; here it is only deliveries that are looked at.
    for name in ("email", "push", "webhook"):
        other.endpoint_of(ada, name)
    Endpoint.objects.update(created_at=post.created_at - timedelta(minutes=1))
    other.script("push", "400")
    for number in range(3):
        comment(new_person(f"fan{number}"), post, number + 1)
        for name in ("email", "push", "webhook"):
            deliver(name)
    pass_time(timedelta(minutes=4))
    deliver("push")
    deliver("email")
    comment(new_person("late"), post, 9)
    return post


def test_each_activity_and_endpoint_ends_in_one_delivery(told: Post) -> None:
    found = audit()
    assert (found.unplanned, found.planned_twice) == (0, 0)
    # Of 4 activities: push refused the first, sent the next two; mail sent three as one; the last waits for both.
    assert (found.sent, found.dead, found.suppressed_reason, found.waiting) == (3 + 2 + 3, 1, 0, 3)


def test_a_lost_and_a_doubled_delivery_are_found(told: Post) -> None:
    waiting = Delivery.objects.filter(state="waiting", channel="push").get()
    waiting.delete()
    assert audit().unplanned == 1
    assert not audit().is_well
    sent = Delivery.objects.filter(state="sent", channel="email").get()
    sent.pk, sent.last_member = None, sent.last_member + 5
    sent.save()
    assert audit().planned_twice > 0


@pytest.mark.parametrize("quiet", [False, True])
def test_a_version_is_not_taken_over_across_one_that_was_sent(
    other: Other, ada: Person, post: Post, quiet: bool
) -> None:
    """The first fails, the second is sent meanwhile, the third waits: each activity still has one delivery."""
    _, browser = other.browser_of(ada)
    Endpoint.objects.update(created_at=post.created_at - timedelta(minutes=1))
    other.script("push", "500")
    comment(new_person("first"), post, 1)
    deliver("push")
    comment(new_person("second"), post, 2)
    Delivery.objects.filter(attempts=0).update(next_attempt_at=post.created_at)
    deliver("push")
    assert list(Delivery.objects.order_by("id").values_list("state", flat=True)) == ["waiting", "sent"]
    if quiet:
        DeliverySchedule.objects.create(person=ada, quiet_from=time(0, 0), quiet_to=time(23, 59, 59))
        Delivery.objects.filter(state="waiting").update(next_attempt_at=post.created_at)
        deliver("push")
        DeliverySchedule.objects.all().delete()
    comment(new_person("third"), post, 3)
    for _ in range(2):
        Delivery.objects.filter(state="waiting").update(next_attempt_at=post.created_at)
        deliver("push")
    found = audit()
    assert (found.unplanned, found.planned_twice, found.waiting) == (0, 0, 0)
    assert found.sent == 3
    assert len(browser.waiting) == 1


def test_an_admin_sees_it(told: Post, bob: Person) -> None:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    admin = Client()
    admin.force_login(bob)
    board = reverse("admin:notifications_dashboard")
    assert "No audit has run yet" in admin.get(board).content.decode()
    run = audits.run()
    shown = admin.get(board).content.decode()
    # There are no reactions behind these comments, which the ledger says.
    assert ("Something is lost" in shown) == (not run.is_well)
    assert "8 sent, 0 suppressed, 1 dead, 3 waiting, 0 missing, 0 double" in shown
    assert "<html" not in admin.get(board, {"part": ""}).content.decode()
    for name in ("delivery", "endpoint", "fanout", "circuit", "notificationgroup"):
        assert admin.get(reverse(f"admin:notifications_{name}_changelist")).status_code == 200
    for row in (Delivery.objects.filter(state="dead").get(), Endpoint.objects.filter(channel="webhook").get()):
        page = admin.get(reverse(f"admin:notifications_{row._meta.model_name}_change", args=[row.pk])).content.decode()
        assert "whsec_" not in page
    assert "the push service answered 400" in admin.get(reverse("admin:notifications_dead_letters")).content.decode()
    answer = admin.post(reverse("admin:notifications_dead_letters"), {"name": "push"}, follow=True)
    assert "Sent again: 1" in answer.content.decode()
    assert not Delivery.objects.filter(state="dead").exists()
    assert Client().get(board).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_the_task_says_it_aloud(told: Post, caplog: pytest.LogCaptureFixture) -> None:
    Delivery.objects.filter(state="waiting").delete()
    audit_task()
    assert "lost, doubled or made up" in caplog.text
