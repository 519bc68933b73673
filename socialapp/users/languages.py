"""The language of pages, mail and push for each person: the one they chose, or a default."""

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

from socialapp.users import addresses, departures
from socialapp.users.adapter import Guarded
from socialapp.users.mails import NOT_TAKEN, circumstances, compose
from socialapp.users.models import Person

logger = logging.getLogger(__name__)

# Texts of allauth that our catalogue, which comes first, replaces.
REPLACED = [pgettext_lazy("field label", "Login")]


def chosen_by(person: Person) -> str:
    """The language that a person chose; "" when they chose none, or one that no longer exists."""
    return person.language if person.language in dict(settings.LANGUAGES) else ""


def language_of(person: Person) -> str:
    """The language of mail and push for a person: the one they chose, else LANGUAGE_CODE."""
    return chosen_by(person) or settings.LANGUAGE_CODE


class PersonLanguage:
    """Activates the language that a logged-in person chose, after LocaleMiddleware, which goes by cookie or header.

    Costs no query beyond that for the person, which pages need anyway, and none without a session.
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
    """allauth's hooks for languages and mail: accounts keep the language of their sign-up, and mails are in it."""

    def save_user(self, request: HttpRequest, user: Person, form: Any, commit: bool = True) -> Person:
        user.language = translation.get_language() or ""
        saved: Person = super().save_user(request, user, form, commit)
        return saved

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail. A mail server that is away neither fails the page nor reveals which addresses are known."""
        person = context.get("user")
        language = chosen_by(person) if isinstance(person, Person) else ""
        with translation.override(language or translation.get_language()):
            mail = compose(template_prefix, email, circumstances() | context)
        try:
            mail.send()
        except NOT_TAKEN as error:
            logger.warning("A mail about an account was not taken: %s", error)
            messages.error(self.request, gettext("The mail server does not answer. Ask for the mail again later."))

    def respond_user_inactive(self, request: HttpRequest, user: Person) -> HttpResponse:
        """Answer somebody suspended who gave the right password: the reason, and the contact.

        A person who deleted the account themselves is asked whether they want to keep it.
        """
        if departure := departures.departure_of(user):
            context = {"person": user, "departure": departure, "offer": departures.offer(departure)}
            return render(request, "users/left.html", context)
        contact = settings.CONTACT
        context = {
            "person": user,
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
        """Send a link; if another account confirmed the address, notify its owner instead. The page is the same."""
        address = emailconfirmation.email_address
        owner = EmailAddress.objects.filter(email=address.email, verified=True).exclude(user=address.user).first()
        if owner is None:
            super().send_confirmation_mail(request, emailconfirmation, signup)
        else:
            context = {"user": owner.user, "other": address.user}
            self.send_mail("account/email/account_already_exists", address.email, context)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an address. An account's first one ends all access made before, except this browser's session."""
        person = email_address.user
        is_first = not addresses.has_confirmed_address(person)
        with transaction.atomic():
            done: bool = super().confirm_email(request, email_address)
            if done and is_first:
                addresses.confirmed_for_the_first_time(person=person, keep=email_address)
        if done and is_first and request.user == person:
            update_session_auth_hash(request, person)
        return done
