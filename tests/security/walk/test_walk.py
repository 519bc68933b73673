"""Everybody walks through every route and reads every message: who sees what of which post is as the table says."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction

from notifications.deliveries import plan
from notifications.deliveries.send import deliver
from notifications.live import updates
from notifications.models import DeliverySchedule, Rhythm
from tests.notifications.fakes import Other, other, pass_time
from tests.security.walk.doors import NAMELESS, Seen, answer, any_address, nameless, routes, shown
from tests.security.walk.stage import VIEWERS, WORD, Stage, marks_in, set_up
from tests.security.walk.table import API, MESSAGES, NOTHING_IN, OPEN, PAGES, Row

__all__ = ["other"]
pytestmark = pytest.mark.django_db

ROWS = PAGES | API
SIZE: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def size() -> Iterator[None]:
    """Print how much was held against the table."""
    yield
    print(f"\nThe walk: {dict(SIZE)}, {len(ROWS)} routes in rows and {len(NOTHING_IN)} about something else.")


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(updates, "MOST_ENTRIES", 100)  # more than there are
    return set_up()


def test_each_route_is_in_a_row() -> None:
    """The admin is for staff, who are another matter: `test_staff_without_rights.py`."""
    known = ROWS.keys() | NOTHING_IN
    found = {name for name, _ in routes() if not name.startswith("admin:")}
    assert found - known == set()
    assert known - found == set()


def walk(stage: Stage, name: str, viewer: str, row: Row) -> Iterator[str]:
    """What is otherwise than the table says."""
    for made in stage.made if row.each else stage.made[:1]:
        found = answer(stage, viewer, name, row, made)
        seen = {each for each in shown(stage, found, row, made) if row.each or each[1] in row.shows}
        is_out = viewer == "suspended" and name.startswith("api:")  # a token of theirs opens nothing
        said = set() if is_out else expected(stage, viewer, row, made.number)
        SIZE["requests"] += 1
        SIZE["facts held"] += len(row.shows) * (1 if row.each else len(stage.made))
        if OPEN not in row.shows:
            seen = {each for each in seen if each[1] != OPEN}
        for number, what in sorted(seen ^ said):
            verb = "sees" if (number, what) in seen else "does not see"
            yield f"{name} {row.method}{row.query}: {viewer} {verb} {what} of {stage.made[number]}, {found.status_code}"


def expected(stage: Stage, viewer: str, row: Row, number: int) -> Seen:
    whole = [stage.made[number]] if row.each else stage.made
    seen = {(made.number, what) for made in whole if row.rule(viewer, made) for what in row.shows}
    return seen | {(made.number, what) for made in whole if row.reads(viewer, made) for what in row.still}


@pytest.mark.parametrize("viewer", VIEWERS)
def test_each_route_shows_what_the_table_says(stage: Stage, viewer: str) -> None:
    wrong = [each for name, rows in ROWS.items() for row in rows for each in walk(stage, name, viewer, row)]
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_routes_about_something_else_show_nothing_of_any_post(stage: Stage, viewer: str) -> None:
    for name, pattern in routes():
        if name in NOTHING_IN:
            address = any_address(name, pattern)
            client = (stage.programs if name.startswith("api:") else stage.browsers)[viewer]
            for method in (client.get, client.post):
                with transaction.atomic():
                    found = method(address)
                    transaction.set_rollback(True)
                SIZE["requests"] += 1
                SIZE["facts held"] += len(stage.made)
                text = "" if found.streaming else found.text
                assert [each for each in marks_in(stage, text) if each[1] == WORD] == [], (viewer, address)


def test_a_route_without_a_name_is_another_spelling_of_one_that_has_it() -> None:
    """Names are how the table knows routes."""
    spelled = {str(pattern.pattern) for _, pattern in routes()}
    unnamed = [str(pattern.pattern) for pattern in nameless()]
    assert sorted(each for each in unnamed if f"{each}/" not in spelled) == NAMELESS


def test_each_channel_is_in_the_table() -> None:
    assert set(MESSAGES) == {"digest", *settings.CHANNELS}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_that_leaves_says_what_the_table_says(other: Other, name: str) -> None:
    got, said = got_and_said(other, name)
    assert got == said


def got_and_said(other: Other, name: str) -> tuple[dict[str, Seen], dict[str, Seen]]:
    """{viewer: of which posts a word arrived there by this message}, and the same by the table."""
    channel = "email" if name == "digest" else name
    doors = {}

    def before_it_ends(stage: Stage) -> None:
        for viewer in VIEWERS[1:]:
            person = stage.people[viewer]
            doors[viewer] = {"email": other.mail_of, "push": other.browser_of, "webhook": other.webhook_of}[channel](
                person
            )
            if name == "digest":
                DeliverySchedule.objects.create(person=person, mail_rhythm=Rhythm.DAILY)
        plan.plan(stage.moved)

    stage = set_up(before_it_ends)
    # A digest waits for its day; a push would be too old by then, and not all go in the first round.
    for days in (0, 1 if name == "digest" else 0, *[0] * 30):
        pass_time(timedelta(days=days, minutes=5))
        deliver(channel)
    got = {viewer: set(marks_in(stage, received(other, channel, doors[viewer], viewer))) for viewer in VIEWERS[1:]}
    said = {
        viewer: {(made.number, WORD) for made in stage.made if MESSAGES[name](viewer, made)} for viewer in VIEWERS[1:]
    }
    SIZE["facts held"] += len(stage.made) * len(VIEWERS)
    return {viewer: {each for each in found if each[1] == WORD} for viewer, found in got.items()}, said


def received(other: Other, channel: str, door: object, viewer: str) -> str:
    """All that arrived there."""
    if channel == "email":
        mails = [mail for mail in other.fakes.mail.mails if f"{viewer}@example.org" in mail.to]
        return "\n".join(mail.message.get_body(("plain",)).get_content() for mail in mails)  # type: ignore[union-attr]
    if channel == "push":
        return "\n".join(map(str, door[1].messages))  # type: ignore[index]
    return str(vars(other.fakes.webhook.receiver(viewer)))
