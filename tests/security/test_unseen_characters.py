"""What cannot be seen, or turns letters round, typed wherever people write: by the API and by the forms of pages.

The fields are found in the API's schema and among our forms. One that has no row here fails the test.
"""

import importlib
import pkgutil
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import regex
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django import forms
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

import notifications
import reactions
import socialapp
from bin.fakes.push import Browser
from notifications.models import Endpoint
from socialapp.posts.galleries import Attachment
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.text.cleaning import is_seen
from socialapp.users.models import Person
from socialapp.users.passkey_forms import RenamePasskeyForm
from socialapp.web.forms import KeyField
from tests.people import logged_in
from tests.security.rows import all_rows
from tests.socialapp.media import samples
from tests.socialapp.media.test_preparing import sent
from tests.socialapp.test_writing import UNSEEN

V1 = "/api/social/v1/"
# Embeddings, overrides, isolates, and controls that are neither tab nor line feed.
TURNS = regex.compile(r"[\p{Cc}\u202a-\u202e\u2066-\u2069--[\t\n]]", regex.V1)
HOSTILE = "\u202eevil\u2066 one\u2067 two\x07 three\u2069\u202c\u200f"
# What programs send that no person reads: the keys of a browser, and what an admin looks for.
NO_TEXT = {
    "post notifications/endpoints/push/ keys.p256dh",
    "post notifications/endpoints/push/ keys.auth",
    "post dead-letters/ channel",
    "post dead-letters/ kind",
}
NO_TEXT_IN_FORMS = {
    "MissedForm.actor",  # what somebody looks for
    "MissedForm.post",
    "SearchForm.q",
    "WebhookForm.address",
    "SignupForm.username",  # of few letters
    "EditForm.version",
    "PictureSlot.name",  # of a file, never kept
    "ReasonForm.reason",  # an admin's
    "CodeForm.code",  # typed once
    "CodeAgainForm.code",
    "SetUpCodesForm.code",
    "PasskeyLogInForm.credential",  # of a browser
    "PasskeyStepForm.credential",
    "PasskeyAgainForm.credential",
    "AddPasskeyForm.credential",
    "AddPasskeyForm.name",  # below, as one must show the password again
    "RenamePasskeyForm.name",
}

SMALL = samples.saved(samples.gradient((60, 40)))
HOOK = "https://hooks.example/a"
KEYS = Browser(ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)).keys()

API: dict[str, Callable[[str, dict[str, int]], Any]] = {
    "patch me/ name": lambda text, _: {"name": text},
    "patch me/ bio": lambda text, _: {"bio": text},
    "post posts/ body": lambda text, _: {"body": text},
    "post posts/ pictures.description": lambda text, ids: {"body": "A", "pictures": described(ids["new"], text)},
    "patch posts/{post_id}/ body": lambda text, _: {"body": text},
    "patch posts/{post_id}/ pictures.description": lambda text, ids: {"pictures": described(ids["hung"], text)},
    "post posts/{post_id}/comments/ body": lambda text, _: {"body": text},
    "post posts/{post_id}/comments/ pictures.description": lambda text, ids: {
        "body": "A",
        "pictures": described(ids["new"], text),
    },
    "post notifications/endpoints/webhook/ name": lambda text, _: {"name": text, "address": HOOK},
    "post notifications/endpoints/push/ name": lambda text, _: {"name": text, "endpoint": HOOK, "keys": KEYS},
}
FORMS: dict[str, Callable[[str, dict[str, int]], tuple[str, dict[str, Any]]]] = {
    "ProfileForm.name": lambda text, _: ("/settings/", {"name": text}),
    "ProfileForm.bio": lambda text, _: ("/settings/", {"bio": text}),
    "TokenForm.name": lambda text, _: ("/settings/tokens/", {"name": text}),
    "WebhookForm.name": lambda text, _: ("/settings/devices/", {"name": text, "address": HOOK}),
    "PostForm.body": lambda text, _: ("/posts/", {"body": text}),
    "EditForm.body": lambda text, ids: (f"/posts/{ids['post_id']}/edit/", {"body": text}),
    "ReplyForm.body": lambda text, ids: (f"/posts/{ids['post_id']}/comments/", {"body": text}),
    "PictureSlot.description": lambda text, _: (
        "/posts/",
        {"body": "A", "picture-1-file": samples.upload(SMALL), "picture-1-description": text},
    ),
    "DescribedPicture.description": lambda text, ids: (
        f"/posts/{ids['post_id']}/edit/",
        {"body": "A", f"picture-{ids['hung']}-description": text},
    ),
}


def described(picture: int, text: str) -> list[dict[str, Any]]:
    return [{"id": picture, "description": text}]


def texts_of_the_schema() -> Iterator[str]:
    """Each text in a body that a request may have, unless its form is prescribed."""
    schema: Any = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for name in texts_in(schema, content["schema"], ""):
                    yield f"{method} {path.removeprefix(V1)} {name}"


def texts_in(schema: Any, part: dict[str, Any], name: str) -> Iterator[str]:
    """Of one part of the schema, which a body has by that name."""
    part = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
    within = [(each, name) for way in ("allOf", "oneOf", "anyOf") for each in part.get(way, [])]
    within += [(part["items"], name)] if "items" in part else []
    named = {inner: each for inner, each in part.get("properties", {}).items() if not each.get("readOnly")}
    within += [(each, f"{name}.{inner}".lstrip(".")) for inner, each in named.items()]
    for each, its_name in within:
        yield from texts_in(schema, each, its_name)
    if "string" in part.get("type", "") and not {"enum", "format", "pattern"} & part.keys():
        yield name


def texts_of_forms() -> Iterator[str]:
    """Each text field of a form of ours that people read one day: neither an address nor a password."""
    for package in (socialapp, notifications, reactions):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("forms"):
                importlib.import_module(module.name)
    for form in set(below(forms.BaseForm)):
        is_ours = form.__module__.partition(".")[0] in {"socialapp", "notifications", "reactions"}
        fields = getattr(form, "base_fields", {}) if is_ours and form.__name__[0] != "_" else {}
        yield from (f"{form.__name__}.{name}" for name, field in fields.items() if is_text(field))


def below(form: type[Any]) -> Iterator[type[Any]]:
    for each in form.__subclasses__():
        yield each
        yield from below(each)


def is_text(field: forms.Field) -> bool:
    is_other = isinstance(field, KeyField | forms.EmailField) or isinstance(field.widget, forms.PasswordInput)
    return isinstance(field, forms.CharField) and not is_other


def stored_texts() -> list[str]:
    """Of all rows, in whichever column, but for digests."""
    rows = [row for of_model in all_rows().values() for row in of_model]
    return [value for row in rows for value in row.values() if isinstance(value, str)]


@pytest.fixture
def ids(ada: Person, post: Post) -> dict[str, int]:
    """Ada's post, which has a picture, and another picture that is in none yet."""
    hung, new = (sent(ada, SMALL).pk for _ in range(2))
    pictured, _ = publish_post(author=ada, body="Look!", pictures=[Attachment(hung, "A bridge")])
    return {"post_id": pictured.pk, "hung": hung, "new": new}


def test_each_text_of_the_api_is_written_here(db: None) -> None:
    assert set(texts_of_the_schema()) - NO_TEXT == set(API)


def test_each_text_of_a_form_is_written_here() -> None:
    assert set(texts_of_forms()) - NO_TEXT_IN_FORMS == set(FORMS)


@pytest.mark.parametrize(("typed", "name"), [(HOSTILE, "evil one two three"), ("\u200b\u2060", "")])
def test_the_name_of_a_passkey_is_one_line_that_is_seen(typed: str, name: str) -> None:
    passkey = Authenticator(type=Authenticator.Type.WEBAUTHN, data={"name": "A"})
    form = RenamePasskeyForm({"name": typed}, instance=passkey)  # type: ignore[call-arg]  # allauth has no types
    assert form.is_valid() == bool(name)
    assert form.cleaned_data.get("name", "").rstrip("\u200f") == name


def by_api(api: APIClient, field: str, text: str, ids: dict[str, int]) -> int:
    method, path, _name = field.split()
    address = V1 + path.format(**ids)
    return int(getattr(api, method)(address, API[field](text, ids), format="json").status_code)


def by_form(person: Person, field: str, text: str, ids: dict[str, int]) -> int:
    return int(logged_in(person).post(*FORMS[field](text, ids)).status_code)


def check_hostile(before: set[str]) -> None:
    """It was stored, readable: the letters alone."""
    written = set(stored_texts()) - before
    assert [text for text in written if TURNS.search(text)] == []
    assert [text for text in written if regex.fullmatch("evil one two three\u200f?", text)] != []


def check_unseen(status: int, before: set[str]) -> None:
    """Refused, or stored as nothing."""
    assert status < 500
    assert [text for text in set(stored_texts()) - before if text and not is_seen(text)] == []


@pytest.mark.parametrize("field", API)
def test_a_program_turns_no_letters_round(
    ada: Person, ids: dict[str, int], api_of: Callable[[Person], APIClient], field: str
) -> None:
    before = set(stored_texts())
    assert by_api(api_of(ada), field, HOSTILE, ids) in {200, 201}
    check_hostile(before)


@pytest.mark.parametrize("field", FORMS)
def test_a_form_turns_no_letters_round(ada: Person, ids: dict[str, int], field: str) -> None:
    before = set(stored_texts())
    assert by_form(ada, field, HOSTILE, ids) in {200, 302}
    check_hostile(before)


@pytest.mark.parametrize("field", API)
def test_a_program_writes_nothing_unseen(
    ada: Person, ids: dict[str, int], api_of: Callable[[Person], APIClient], field: str
) -> None:
    api, before = api_of(ada), set(stored_texts())
    for unseen in UNSEEN:
        check_unseen(by_api(api, field, unseen, ids), before)
        Endpoint.objects.exclude(channel="email").delete()


@pytest.mark.parametrize("field", FORMS)
def test_a_form_writes_nothing_unseen(ada: Person, ids: dict[str, int], field: str) -> None:
    before = set(stored_texts())
    for unseen in UNSEEN:
        check_unseen(by_form(ada, field, unseen, ids), before)
        Endpoint.objects.exclude(channel="email").delete()
