"""Which language somebody is spoken to in: on pages the one they chose, and in mail that one too."""

import logging
from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext, pgettext_lazy

from socialapp.users import addresses
from socialapp.users.adapter import Guarded
from socialapp.users.mails import NOT_TAKEN, compose
from socialapp.users.models import Person

logger = logging.getLogger(__name__)

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


class Accounts(Guarded):
    """allauth's hooks: who signs up keeps the language they did it in, and allauth's mails speak it."""

    def save_user(self, request: HttpRequest, user: Person, form: Any, commit: bool = True) -> Person:
        user.language = translation.get_language() or ""
        saved: Person = super().save_user(request, user, form, commit)
        return saved

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away makes no page fail, and no page differ for an address that is known."""
        person = context.get("user")
        language = chosen_by(person) if isinstance(person, Person) else ""
        with translation.override(language or translation.get_language()):
            mail = compose(template_prefix, email, context)
        try:
            mail.send()
        except NOT_TAKEN as error:
            logger.warning("A mail about an account was not taken: %s", error)
            messages.error(self.request, gettext("The mail server does not answer. Ask for the mail again later."))

    def respond_user_inactive(self, request: HttpRequest, user: Person) -> HttpResponse:
        """Only to somebody who knows the password: why they are out, and whom to ask."""
        contact = settings.CONTACT
        context = {
            "reason": user.suspended_reason if user.suspended_at else "",
            "contact": contact,
            "contact_name": contact.removeprefix("mailto:"),
        }
        return render(request, "account/account_inactive.html", context, status=403)

    def send_notification_mail(
        self, template_prefix: str, user: Person, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail(template_prefix, user, {"user": user, **(context or {})}, email)

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """To somebody who has the address confirmed at another account, what happened; the page is the same."""
        address = emailconfirmation.email_address
        owner = EmailAddress.objects.filter(email=address.email, verified=True).exclude(user=address.user).first()
        if owner is None:
            super().send_confirmation_mail(request, emailconfirmation, signup)
        else:
            context = {"user": owner.user, "other": address.user}
            self.send_mail("account/email/account_already_exists", address.email, context)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """The first one of an account ends all that was made before, but the session of the browser that confirms."""
        person = email_address.user
        is_first = not addresses.has_confirmed_address(person)
        with transaction.atomic():
            done: bool = super().confirm_email(request, email_address)
            if done and is_first:
                addresses.confirmed_for_the_first_time(person=person, keep=email_address)
        if done and is_first and request.user == person:
            update_session_auth_hash(request, person)
        return done
