"""What moderators decide reaches people by mail, too, if they want mail; also whom they suspended."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from notifications.deliveries.send import deliver as send
from notifications.history.audit import audit
from notifications.preferences.operations import set_preferences
from socialapp.moderation.models import Notice, Verb
from socialapp.moderation.notices import address_of
from socialapp.users.models import Person
from tests.notifications.fakes import Other, other, pass_time
from tests.socialapp.moderation.test_acts import decide

__all__ = ["other"]
pytestmark = pytest.mark.django_db


def mailed(other: Other, person: Person) -> list[str]:
    """The plain text of each mail to somebody."""
    return [
        str(mail.message.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        for mail in other.fakes.mail.mails
        if person.email in mail.to
    ]


def test_who_is_suspended_reads_why_and_where_to_appeal(
    ada: Person, bob: Person, mona: Person, reported: Callable[..., int], deliver: Callable[[], int], other: Other
) -> None:
    other.mail_of(ada)
    other.mail_of(bob)
    pass_time(timedelta(minutes=1))
    decide(reported(), mona, Verb.SUSPEND)
    deliver()
    pass_time(timedelta(minutes=4))
    send("email")
    (to_ada,), (to_bob,) = mailed(other, ada), mailed(other, bob)
    assert "Your account is suspended" in to_ada
    assert address_of(Notice.objects.get(person=ada).pk) in to_ada
    assert "we acted" in to_bob
    assert "mona" not in (to_ada + to_bob).lower()
    assert audit().is_well


def test_who_wants_no_mail_of_it_gets_none(
    ada: Person, mona: Person, reported: Callable[..., int], deliver: Callable[[], int], other: Other
) -> None:
    other.mail_of(ada)
    set_preferences(person_id=ada.pk, changes={("moderation", "email"): "no_one"})
    decide(reported(), mona, Verb.WARN)
    deliver()
    pass_time(timedelta(minutes=4))
    send("email")
    assert mailed(other, ada) == []
    assert audit().is_well


def test_the_audit_finds_a_notice_that_is_in_no_inbox(
    ada: Person, mona: Person, reported: Callable[..., int], deliver: Callable[[], int]
) -> None:
    decide(reported(), mona, Verb.WARN)
    assert (audit().pending, audit().is_well) == (2, True)
    deliver()
    assert (audit().delivered, audit().is_well) == (2, True)
    Notice.objects.create(person=ada, action=Notice.objects.get(person=ada).action)
    assert (audit().missing, audit().is_well) == (1, False)
