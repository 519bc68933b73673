"""What cannot be seen, or turns letters round, typed wherever people write: by the API and by the forms of pages.

The fields are found in the API's schema and among our forms. One that has no row in `texts.py` fails the test.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import regex
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import F
from rest_framework.test import APIClient

from socialapp.filters.operations import mute_words
from socialapp.moderation.models import Notice, Verb
from socialapp.moderation.notices import address_of
from socialapp.moderation.operations.acts import act
from socialapp.moderation.operations.appeals import appeal
from socialapp.moderation.operations.reports import report
from socialapp.posts.galleries import Attachment
from socialapp.posts.operations import publish_post
from socialapp.text.cleaning import is_seen
from socialapp.users.models import Person
from socialapp.users.passkey_forms import RenamePasskeyForm
from tests.people import logged_in, new_person
from tests.security.rows import all_rows
from tests.security.texts import API, CODES, FORMS, NO_TEXT, NO_TEXT_IN_FORMS, SMALL, V1, texts_of_api, texts_of_forms
from tests.socialapp.media.test_preparing import sent
from tests.socialapp.moderation.conftest import moderator_named
from tests.socialapp.test_writing import UNSEEN

# Embeddings, overrides, isolates, and controls that are neither tab nor line feed.
TURNS = regex.compile(r"[\p{Cc}\u202a-\u202e\u2066-\u2069--[\t\n]]", regex.V1)
HOSTILE = "\u202eevil\u2066 one\u2067 two\x07 three\u2069\u202c\u200f"


def stored_texts() -> set[str]:
    """Of all rows, in whichever column, but for digests."""
    rows = [row for of_model in all_rows().values() for row in of_model]
    return {value for row in rows for value in row.values() if isinstance(value, str)}


@pytest.fixture
def mona(db: None) -> Person:
    """Who moderates, and may delete for good."""
    moderator_named("mona").user_permissions.add(Permission.objects.get(codename="erase"))
    return Person.objects.get(username="mona")


@pytest.fixture
def ids(ada: Person, bob: Person, charlie: Person, mona: Person) -> dict[str, Any]:
    """What requests name: things of Ada, who joined long ago and was warned, and what is open about Bob and Charlie."""
    hung, new = (sent(ada, SMALL).pk for _ in range(2))
    pictured, _ = publish_post(author=ada, body="Look!", pictures=[Attachment(hung, "A bridge")])
    Person.objects.update(joined_at=F("joined_at") - timedelta(days=365))
    act(moderator=mona, verb=Verb.WARN, person=ada, words="Rude")
    warned = act(moderator=mona, verb=Verb.WARN, person=charlie, words="Rude")
    suspended = new_person("dana")
    act(moderator=mona, verb=Verb.SUSPEND, person=suspended, words="Rude")
    return {
        "post_id": pictured.pk,
        "hung": hung,
        "new": new,
        "filter_id": mute_words(person=ada, phrase="fog", places=["home"]).pk,
        "notice": address_of(Notice.objects.get(person=ada).pk),
        "bob": bob.pk,
        "suspended": suspended.pk,
        "case_id": report(reporter=charlie, person=bob, category="spam")[0].case_id,
        "appeal_id": appeal(action=warned, person=charlie, words="No").pk,
    }


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is gone after it, so that the next text is written as the first was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_each_text_of_the_api_is_written_here(db: None) -> None:
    assert set(texts_of_api()) - NO_TEXT == API.keys() | CODES.keys()


def test_each_text_of_a_form_is_written_here() -> None:
    assert set(texts_of_forms()) - NO_TEXT_IN_FORMS == set(FORMS)


def test_what_is_no_text_is_found_as_well(db: None) -> None:
    assert NO_TEXT - set(texts_of_api()) == set()
    assert NO_TEXT_IN_FORMS - set(texts_of_forms()) == set()


@pytest.mark.parametrize(("typed", "name"), [(HOSTILE, "evil one two three"), ("\u200b\u2060", "")])
def test_the_name_of_a_passkey_is_one_line_that_is_seen(typed: str, name: str) -> None:
    passkey = Authenticator(type=Authenticator.Type.WEBAUTHN, data={"name": "A"})
    form = RenamePasskeyForm({"name": typed}, instance=passkey)  # type: ignore[call-arg]  # allauth has no types
    assert form.is_valid() == bool(name)
    assert form.cleaned_data.get("name", "").rstrip("\u200f") == name


def by_api(api: APIClient, field: str, body: Any, ids: dict[str, Any]) -> int:
    method, path, _name = field.split()
    return int(getattr(api, method)(V1 + path.format(**ids), body, format="json").status_code)


def by_form(people: dict[str, Person], field: str, text: str, ids: dict[str, Any]) -> int:
    address, typed = FORMS[field](text, ids)
    writer = people["mona" if address.startswith("/moderation/") else "ada"]
    return int(logged_in(writer).post(address, typed).status_code)


def check_hostile(before: set[str]) -> None:
    """It was stored, readable: the letters alone."""
    written = stored_texts() - before
    assert [text for text in written if TURNS.search(text)] == []
    assert [text for text in written if regex.fullmatch("evil one two three\u200f?", text)] != []


def check_unseen(status: int, before: set[str]) -> None:
    """Refused, or stored as nothing."""
    assert status < 429
    assert [text for text in stored_texts() - before if text and not is_seen(text)] == []


@pytest.mark.parametrize("field", API)
def test_a_program_turns_no_letters_round(
    ada: Person, ids: dict[str, Any], api_of: Callable[[Person], APIClient], field: str
) -> None:
    before = stored_texts()
    assert by_api(api_of(ada), field, API[field](HOSTILE, ids), ids) in {200, 201}
    check_hostile(before)


@pytest.mark.parametrize("field", FORMS)
def test_a_form_turns_no_letters_round(ada: Person, mona: Person, ids: dict[str, Any], field: str) -> None:
    before = stored_texts()
    assert by_form({"ada": ada, "mona": mona}, field, HOSTILE, ids) in {200, 302}
    check_hostile(before)


@pytest.mark.parametrize("field", API)
def test_a_program_writes_nothing_unseen(
    ada: Person, ids: dict[str, Any], api_of: Callable[[Person], APIClient], field: str
) -> None:
    api, before = api_of(ada), stored_texts()
    for unseen in UNSEEN:
        with undone():
            check_unseen(by_api(api, field, API[field](unseen, ids), ids), before)


@pytest.mark.parametrize("field", FORMS)
def test_a_form_writes_nothing_unseen(ada: Person, mona: Person, ids: dict[str, Any], field: str) -> None:
    before = stored_texts()
    for unseen in UNSEEN:
        with undone():
            check_unseen(by_form({"ada": ada, "mona": mona}, field, unseen, ids), before)


@pytest.mark.parametrize("field", CODES)
def test_the_code_of_a_language_is_nothing_else(
    ada: Person, ids: dict[str, Any], api_of: Callable[[Person], APIClient], field: str
) -> None:
    api, before = api_of(ada), stored_texts()
    for typed in (HOSTILE, "de\u202e", "d\u2066e"):
        assert by_api(api, field, CODES[field](typed), ids) == 400
    assert stored_texts() - before == set()
