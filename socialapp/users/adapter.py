"""allauth's hooks against guessing: links, redirects and limits do not depend on what a request claims about itself."""

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.models import EmailAddress
from allauth.core.internal.httpkit import clean_client_ip
from allauth.core.ratelimit import consume
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from socialapp.users import guessing
from socialapp.users.mails import notify
from socialapp.users.models import Person
from socialapp.web.hosts import client_address, public_host
from socialapp.web.metrics import count_limit

# What log-in asks for after the password: recovery codes stand in for these, and are nothing alone.
SECOND_STEP = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class Guarded(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth takes the keys of its limits, and allowed redirects, from the Host header; this uses settings instead."""

    def is_safe_url(self, url: str) -> bool:
        """Whether a form may redirect there: to a page of this site, by its path or below SOCIALAPP_URL."""
        return url_has_allowed_host_and_scheme(url, {public_host()}, require_https=settings.SECURE_SSL_REDIRECT)

    def clean_email(self, email: str) -> str:
        """An address that its column can hold: allauth cuts a longer one at sign-up, which makes it another one."""
        cleaned: str = super().clean_email(email)
        EmailAddress._meta.get_field("email").run_validators(cleaned)
        return cleaned

    def get_client_ip(self, request: HttpRequest) -> str:
        address: str | None = clean_client_ip(client_address(request))
        if not address:
            raise PermissionDenied(_("This request has no client address. Send it through the site's proxy."))
        return address

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Person | None:
        """Return the person with these credentials. Raises ValidationError after too many guesses."""
        names = {name: credentials.get(name) or "" for name in ("username", "email")}
        try:
            guess = guessing.guess(request, **names)
        except guessing.TooManyGuesses as error:
            count_limit("guesses")
            raise self.validation_error("too_many_login_attempts") from error
        if not guess.counts:
            # Compared all the same, with a password that cannot be right, so that it takes as long.
            credentials["password"] = secrets.token_urlsafe()
        if names["email"] and names["username"] == names["email"]:
            # No username has an @. Tried as both, the password of a known address would be compared twice, and the time
            # that takes would reveal that it is known.
            del credentials["username"]
        AuthenticationBackend.unstash_authenticated_user()
        person = authenticate(request, **credentials)
        # A suspended person who gave the right password: they are led to a page that says so.
        suspended = AuthenticationBackend.unstash_authenticated_user()
        if found := person or suspended:
            guess.take_back()
        else:
            self.authentication_failed(request, **credentials)
        return found

    def get_reauthentication_methods(self, user: Person) -> list[dict[str, Any]]:
        """Return the methods that prove it is still the same person: only the second factor, for people who have one.

        Otherwise anyone with a session and the password could remove the factor.
        """
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        proofs = [method for method in methods if method["id"] != "reauthenticate"]
        return proofs if is_mfa_enabled(user, SECOND_STEP) else methods

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        for person in guessing.people_of(email=credentials["email"]):
            guessing.forgive(request, person, email=credentials["email"])

    def post_login(self, request: HttpRequest, user: Person, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().post_login(request, user, **kwargs)
        is_new = not kwargs.get("signup") and not guessing.knows(request, user)
        if is_new and consume(request, action="new_browser_mail", key=str(user.pk)):
            notify(user, "new_browser")
        guessing.remember_browser(request, response, user)
        return response
