"""The audit finds what is wrong, of each kind, and calls nothing wrong that is only under way."""

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from notifications.history.audit import Findings, audit, examples
from notifications.models import GroupMember, NotificationGroup
from socialapp.follows.operations import follow, unfollow
from socialapp.messaging.models import OutboxMessage
from socialapp.users.models import Person

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]
INSIDE = ("suppressed", "pending", "set_aside", "missing", "double", "uncaused", "miscounted")
OUTSIDE = ("sent", "suppressed_reason", "dead", "waiting", "unplanned", "planned_twice")
NOTHING = dict.fromkeys((*INSIDE, *OUTSIDE), 0)


def found(accepted: int, delivered: int, **other: int) -> Findings:
    """Findings of these numbers, and zero of all else."""
    return Findings(**{"accepted": accepted, "delivered": delivered, **NOTHING, **other})


@pytest.fixture
def told(ada: Person, bob: Person, charlie: Person, deliver: Deliver) -> None:
    """Ada was told that Bob and Charlie follow her."""
    for follower in (bob, charlie):
        follow(follower_id=follower.pk, followee_id=ada.pk)
    deliver()


def test_all_is_well(told: None) -> None:
    assert audit() == found(2, 2)
    call_command("audit")


def test_what_waits_is_pending(told: None, ada: Person, bob: Person, charlie: Person) -> None:
    follow(follower_id=bob.pk, followee_id=charlie.pk)
    unfollow(follower_id=bob.pk, followee_id=ada.pk)
    assert audit() == found(2, 1, pending=2)
    OutboxMessage.objects.update(dead_lettered_at=ada.joined_at)
    assert audit() == found(2, 1, set_aside=2)
    assert audit().is_well
    assert examples() == []


def test_a_lost_message_is_missing(told: None, bob: Person, charlie: Person) -> None:
    follow(follower_id=bob.pk, followee_id=charlie.pk)
    OutboxMessage.objects.all().delete()
    assert audit() == found(3, 2, missing=1)
    with pytest.raises(CommandError) as error:
        call_command("audit")
    assert error.value.returncode == 1
    assert f"missing: follow for person {charlie.pk}, post -, by person {bob.pk}, reply -" in str(error.value)


def test_a_lost_effect_is_missing(told: None) -> None:
    GroupMember.objects.all()[0].delete()
    assert audit() == found(2, 1, missing=1, miscounted=1)


def test_what_nobody_did_is_uncaused(told: None, ada: Person, bob: Person, deliver: Deliver) -> None:
    unfollow(follower_id=bob.pk, followee_id=ada.pk)
    OutboxMessage.objects.all().delete()
    assert audit() == found(1, 1, uncaused=1)
    assert examples() == [f"uncaused: follow for person {ada.pk}, post -, by person {bob.pk}, reply -"]


def test_a_doubled_effect_is_double(told: None) -> None:
    """Only without its unique key can the table hold one."""
    member = GroupMember.objects.all()[0]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE notifications_groupmember DROP CONSTRAINT notifications_groupmember_pkey")
    GroupMember(group=member.group, actor=member.actor, reply_id=0, at=member.at).save(force_insert=True)
    assert audit() == found(2, 2, double=1)
    assert [example.split(":")[0] for example in examples()] == ["double"]


def test_a_wrong_number_is_miscounted(told: None) -> None:
    NotificationGroup.objects.update(count=3)
    assert audit() == found(2, 2, miscounted=1)
