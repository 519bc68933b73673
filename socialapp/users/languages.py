"""Which language somebody is spoken to in: on pages the one they chose, and in mail that one too."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import pgettext_lazy

from socialapp.users.models import Person

# What allauth says, and our catalogue, which is asked first, says better.
SAID_BETTER = [pgettext_lazy("field label", "Login")]


def chosen_by(person: Person) -> str:
    """Empty when they chose none, or one that there is no longer."""
    return person.language if person.language in dict(settings.LANGUAGES) else ""


def language_of(person: Person) -> str:
    """For what leaves the house: what they chose, else the one of everybody."""
    return chosen_by(person) or settings.LANGUAGE_CODE


class PersonLanguage:
    """After LocaleMiddleware, which went by the cookie or Accept-Language: what a logged-in person chose comes first.

    Costs no query but those of who is logged in, which pages ask anyway; and none for who has no session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_session and request.user.is_authenticated and (language := chosen_by(request.user)):
            translation.activate(language)
            request.LANGUAGE_CODE = language
        response = self.get_response(request)
        # LocaleMiddleware says Accept-Language; either cookie may have decided as well.
        patch_vary_headers(response, ["Cookie"])
        return response


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth's hooks: who signs up keeps the language they did it in, and allauth's mails speak it."""

    def save_user(self, request: HttpRequest, user: Person, form: Any, commit: bool = True) -> Person:
        user.language = translation.get_language() or ""
        saved: Person = super().save_user(request, user, form, commit)
        return saved

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        person = context.get("user")
        language = chosen_by(person) if isinstance(person, Person) else ""
        with translation.override(language or translation.get_language()):
            super().send_mail(template_prefix, email, context)
