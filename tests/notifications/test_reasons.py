"""A reason is a code and what varies: programs filter by the code, exactly, and people read a sentence."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from rest_framework.test import APIClient

from notifications.models import Attempt, Delivery, Endpoint, Reason
from notifications.models.reasons import nested, sentence
from socialapp.users.models import Person
from tests.notifications.fakes import Other

pytestmark = pytest.mark.django_db
V1 = "/api/social/v1/"
ApiOf = Callable[[Person | None], APIClient]
# One for each place that there is in a sentence.
VALUES: dict[str, Any] = {
    "code": 503,
    "days": 3,
    "error": "ValueError",
    "host": "hooks.example",
    "why": nested(Reason.NO_ANSWER, {}),
}
LATER = "of_a_newer_version"


@pytest.fixture
def dead(other: Other, ada: Person) -> dict[str, Delivery]:
    """One dead letter for each of these, and one that was given up after answers of 503."""
    endpoint, _ = other.webhook_of(ada)
    reasons = {
        "answered": {"code": 500},
        "push_answered": {"code": 400},
        "no_answer": {},
        LATER: {"what": "?"},
        "gave_up": {"why": nested(Reason.ANSWERED, {"code": 503})},
    }
    return {
        reason: Delivery.objects.create(
            recipient=ada,
            endpoint=endpoint,
            channel="webhook",
            host=endpoint.host,
            kind="comment",
            state=Delivery.State.DEAD,
            reason=reason,
            reason_values=values,
            accepted_at=timezone.now(),
            expires_at=timezone.now(),
            finished_at=timezone.now(),
        )
        for reason, values in reasons.items()
    }


@pytest.fixture
def admin(bob: Person) -> Person:
    """Bob, who may do everything."""
    bob.is_staff = bob.is_superuser = True
    bob.save()
    return bob


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_is_a_whole_sentence_in_english_and_in_german(reason: Reason) -> None:
    with translation.override("en"):
        english = sentence(reason, VALUES)
        places = re.findall(r"%\((\w+)\)s", str(reason.label))
    with translation.override("de"):
        german = sentence(reason, VALUES)
        why = sentence(Reason.NO_ANSWER, {})
    assert german != english
    for shown, inner in ((english, "no answer in time"), (german, why)):
        assert not re.search(r"%|…|\{", shown)
        assert all((inner if place == "why" else str(VALUES[place])) in shown for place in places)


def test_a_reason_within_a_reason_speaks_the_same_language() -> None:
    gave_up = {"why": nested(Reason.ANSWERED, {"code": 503})}
    with translation.override("en"):
        assert sentence("gave_up", gave_up) == "gave up: answered 503"
    with translation.override("de"):
        assert sentence("gave_up", gave_up) == "aufgegeben: antwortete 503"


def test_what_another_side_said_is_shown_word_for_word() -> None:
    with translation.override("de"):
        assert sentence("mail_not_taken", {"error": "read: 100%(n)s"}).endswith(": read: 100%(n)s")


def test_what_only_a_newer_version_knows_is_shown_as_it_is(
    dead: dict[str, Delivery], ada: Person, admin: Person, client: Client, api_of: ApiOf
) -> None:
    assert sentence(LATER, {"what": "?"}) == LATER
    assert sentence("answered", {"status": 503}) == "answered …"
    said = api_of(ada).get(f"{V1}notifications/deliveries/{dead[LATER].pk}/").json()
    assert (said["reason"], said["reason_text"]) == (LATER, LATER)
    client.force_login(admin)
    assert LATER in client.get(reverse("admin:notifications_dead_letters")).text
    client.force_login(ada)
    assert LATER in client.get(reverse("notifications:log", args=[dead[LATER].endpoint_id])).text


def test_no_reason_is_no_words() -> None:
    assert Endpoint().last_error_text == Delivery().reason_text == Attempt().reason_text == ""


@pytest.mark.parametrize(
    ("reason", "found"), [("answered", {"answered", "gave_up"}), ("gave_up", {"gave_up"}), ("no_answer", {"no_answer"})]
)
def test_dead_letters_are_filtered_by_the_code_exactly(
    reason: str, found: set[str], dead: dict[str, Delivery], admin: Person, client: Client, api_of: ApiOf
) -> None:
    rows = api_of(admin).get(f"{V1}dead-letters/", {"reason": reason}).json()["results"]
    assert {row["reason"] for row in rows} == found
    client.force_login(admin)
    page = client.get(reverse("admin:notifications_dead_letters"), {"reason": reason})
    assert {letter.reason for letter in page.context["letters"]} == found
    assert f'<option value="{reason}" selected>' in page.text


@pytest.mark.parametrize("reason", ["answered 50", "answer", "Answered", "answered 503"])
def test_a_part_of_a_reason_or_of_its_sentence_finds_nothing(
    reason: str, dead: dict[str, Delivery], admin: Person, client: Client, api_of: ApiOf
) -> None:
    assert api_of(admin).get(f"{V1}dead-letters/", {"reason": reason}).status_code == 400
    client.force_login(admin)
    page = client.get(reverse("admin:notifications_dead_letters"), {"reason": reason})
    assert list(page.context["letters"]) == []
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("redeliver", "--reason", reason)
