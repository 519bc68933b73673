"""Where people write: each text field of the API and of our forms, as it is found, and a request that fills it."""

import importlib
import pkgutil
import secrets
from collections.abc import Callable, Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django import forms
from drf_spectacular.generators import SchemaGenerator

import notifications
import reactions
import socialapp
from bin.fakes.push import Browser
from socialapp.web.forms import KeyField
from tests.socialapp.media import samples

V1 = "/api/social/v1/"
# What programs send that no person reads.
NO_TEXT = {
    "post notifications/endpoints/push/ keys.p256dh",  # of a browser
    "post notifications/endpoints/push/ keys.auth",
    "post dead-letters/ channel",  # what an admin looks for
    "post dead-letters/ kind",
    "post reports/ person",  # a username that is looked up, never kept
}
NO_TEXT_IN_FORMS = {
    "MissedForm.actor",  # what somebody looks for
    "MissedForm.post",
    "SearchForm.q",
    "LogForm.moderator",
    "LogForm.person",
    "AliasForm.former",  # a username that is looked up, never kept
    "MoveForm.target",
    "EraseForm.username",
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
    "AddPasskeyForm.name",  # tested apart, as one must show the password again
    "RenamePasskeyForm.name",
}

SMALL = samples.saved(samples.gradient((60, 40)))
HOOK = "https://hooks.example/a"
KEYS = Browser(ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)).keys()
SPAM = {"category": "spam", "person": "bob"}
HOME = {"places": ["home"], "action": "fold", "span": "always"}

# What these take is no text but the code of a language, and all else is refused.
CODES: dict[str, Callable[[str], Any]] = {
    "patch me/ post_language": lambda text: {"post_language": text},
    "post posts/ language": lambda text: {"body": "A", "language": text},
    "patch posts/{post_id}/ language": lambda text: {"language": text},
    "post posts/{post_id}/comments/ language": lambda text: {"body": "A", "language": text},
}

API: dict[str, Callable[[str, dict[str, Any]], Any]] = {
    "patch me/ name": lambda text, _: {"name": text},
    "patch me/ bio": lambda text, _: {"bio": text},
    "post posts/ body": lambda text, _: {"body": text},
    "post posts/ warning": lambda text, _: {"body": "A", "warning": text},
    "post posts/ pictures.description": lambda text, ids: {"body": "A", "pictures": described(ids["new"], text)},
    "patch posts/{post_id}/ body": lambda text, _: {"body": text},
    "patch posts/{post_id}/ warning": lambda text, _: {"warning": text},
    "patch posts/{post_id}/ pictures.description": lambda text, ids: {"pictures": described(ids["hung"], text)},
    "post posts/{post_id}/comments/ body": lambda text, _: {"body": text},
    "post posts/{post_id}/comments/ warning": lambda text, _: {"body": "A", "warning": text},
    "post posts/{post_id}/comments/ pictures.description": lambda text, ids: {
        "body": "A",
        "pictures": described(ids["new"], text),
    },
    "post notifications/endpoints/webhook/ name": lambda text, _: {"name": text, "address": HOOK},
    "post notifications/endpoints/push/ name": lambda text, _: {"name": text, "endpoint": HOOK, "keys": KEYS},
    "post filters/ phrase": lambda text, _: {"phrase": text, "places": ["home"]},
    "put filters/{filter_id}/ phrase": lambda text, _: {"phrase": text, "places": ["home"]},
    "post reports/ words": lambda text, _: {"words": text, **SPAM},
}
FORMS: dict[str, Callable[[str, dict[str, Any]], tuple[str, dict[str, Any]]]] = {
    "ProfileForm.name": lambda text, _: ("/settings/", {"name": text}),
    "ProfileForm.bio": lambda text, _: ("/settings/", {"bio": text}),
    "TokenForm.name": lambda text, _: ("/settings/tokens/", {"name": text}),
    "WebhookForm.name": lambda text, _: ("/settings/devices/", {"name": text, "address": HOOK}),
    "PostForm.body": lambda text, _: ("/posts/", {"body": text}),
    "PostForm.warning": lambda text, _: ("/posts/", {"body": "A", "warning": text}),
    "EditForm.body": lambda text, ids: (f"/posts/{ids['post_id']}/edit/", {"body": text}),
    "EditForm.warning": lambda text, ids: (f"/posts/{ids['post_id']}/edit/", {"body": "A", "warning": text}),
    "ReplyForm.body": lambda text, ids: (f"/posts/{ids['post_id']}/comments/", {"body": text}),
    "ReplyForm.warning": lambda text, ids: (f"/posts/{ids['post_id']}/comments/", {"body": "A", "warning": text}),
    "PictureSlot.description": lambda text, _: (
        "/posts/",
        {"body": "A", "picture-1-file": samples.upload(SMALL), "picture-1-description": text},
    ),
    "DescribedPicture.description": lambda text, ids: (
        f"/posts/{ids['post_id']}/edit/",
        {"body": "A", f"picture-{ids['hung']}-description": text},
    ),
    "FilterForm.phrase": lambda text, _: ("/settings/words/", {"phrase": text, **HOME}),
    "InvitationForm.note": lambda text, _: ("/settings/invitations/", {"note": text, "limit": 1, "days": 7}),
    "ReportForm.words": lambda text, _: ("/@bob/report/", {"words": text, **SPAM}),
    "AppealForm.words": lambda text, ids: (ids["notice"], {"words": text}),
    # Of moderators.
    "ActForm.words": lambda text, ids: (f"/moderation/cases/{ids['case_id']}/", {"verb": "warn", "words": text}),
    "BulkForm.words": lambda text, ids: ("/moderation/", {"cases": ids["case_id"], "verb": "warn", "words": text}),
    "EraseForm.words": lambda text, ids: (
        f"/moderation/people/{ids['suspended']}/erase/",
        {"username": "dana", "words": text},
    ),
    "NoteForm.text": lambda text, ids: (f"/moderation/people/{ids['bob']}/notes/", {"text": text}),
    "WordsForm.words": lambda text, ids: (f"/moderation/appeals/{ids['appeal_id']}/reject/", {"words": text}),
}


def described(picture: int, text: str) -> list[dict[str, Any]]:
    return [{"id": picture, "description": text}]


def texts_of_api() -> Iterator[str]:
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
        is_part = form.__name__[0] == "_" or form.__name__.endswith("Fields")  # its fields are found in whole forms
        fields = getattr(form, "base_fields", {}) if is_ours and not is_part else {}
        yield from (f"{form.__name__}.{name}" for name, field in fields.items() if is_text(field))


def below(form: type[Any]) -> Iterator[type[Any]]:
    for each in form.__subclasses__():
        yield each
        yield from below(each)


def is_text(field: forms.Field) -> bool:
    is_other = isinstance(field, KeyField | forms.EmailField) or isinstance(field.widget, forms.PasswordInput)
    return isinstance(field, forms.CharField) and not is_other
