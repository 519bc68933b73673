"""Pages of a person's own settings. Log-in and sign-up are allauth's."""

from django.conf import settings as site_settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from socialapp.users import departures, operations
from socialapp.users.forms import DeleteForm, LanguageForm, PostingForm, ProfileForm, TokenForm
from socialapp.users.languages import chosen_by
from socialapp.users.mails import notify
from socialapp.users.models import Departure, Token
from socialapp.users.passwords import with_password
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.pages import errors_on, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def settings(request: AuthenticatedRequest) -> HttpResponse:
    """Edit one's public profile."""
    person = request.user
    form = ProfileForm(request.POST or None, request.FILES or None, initial={"name": person.name, "bio": person.bio})
    if form.is_valid():
        with errors_on(form):
            values = form.cleaned_data
            if values["avatar"]:
                operations.change_avatar(person=person, file=values["avatar"])
            elif values["remove_avatar"]:
                operations.remove_avatar(person=person)
            operations.edit_profile(person=person, name=values["name"], bio=values["bio"])
            messages.success(request, _("Saved."))
            return redirect("users:settings")
    return render(request, "users/settings.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def language(request: AuthenticatedRequest) -> HttpResponse:
    """Choose a language; the form begins with the current one."""
    chosen = chosen_by(request.user) or translation.get_language()
    form = LanguageForm(request.POST or None, initial={"language": chosen})
    if form.is_valid():
        operations.choose_language(person=request.user, **form.cleaned_data)
        with translation.override(request.user.language):
            messages.success(request, _("Saved."))
        return redirect("users:language")
    return render(request, "users/language.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def posting(request: AuthenticatedRequest) -> HttpResponse:
    """Choose how one writes and reads posts."""
    now = {name: getattr(request.user, name) for name in operations.POSTING}
    form = PostingForm(request.POST or None, initial=now)
    if form.is_valid():
        operations.choose_posting(person=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("users:posting")
    return render(request, "users/posting.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
@with_password
def tokens(request: AuthenticatedRequest) -> HttpResponse:
    """List, make and revoke API tokens. The answer shows the value of a new one, once."""
    form, value = TokenForm(request.POST or None), ""
    if form.is_valid():
        with errors_on(form):
            values = form.values()
            value = operations.make_token(person=request.user, **values)
            name, may = " ".join(values["name"].split()), dict(Token.SCOPES)[values["scope"]]
            notify(request.user, "token_made", token=name, may=may, ends_at=values["ends_at"])
    context = {
        "form": TokenForm() if value else form,
        "value": value,
        "tokens": request.user.tokens.order_by("-pk"),
    }
    return render(request, "users/tokens.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def revoke(request: AuthenticatedRequest, token_id: int) -> HttpResponse:
    """End a token at once."""
    operations.revoke_token(person=request.user, token_id=token_id)
    messages.success(request, _("The token is revoked. It opens nothing any more."))
    return redirect("users:tokens")


@require_POST
@signed_in
def log_out_everywhere(request: AuthenticatedRequest) -> HttpResponse:
    """End all other access: sessions, tokens, push subscriptions and webhooks. This browser stays logged in."""
    operations.log_out_everywhere(person=request.user)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("Everything else that opened your account is ended."))
    return redirect("account_change_password")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete(request: AuthenticatedRequest) -> HttpResponse:
    """Delete one's account, with the password: with a way back for some weeks, or for good."""
    form = DeleteForm(request.user, request.POST or None)
    if form.is_valid():
        if form.cleaned_data["when"] == form.LATER:
            departure = departures.leave(person=request.user)
            logout(request)
            day = date_format(departure.ends_at, "DATE_FORMAT")
            messages.success(request, _("Your account is hidden. Log in before %(day)s to keep it.") % {"day": day})
            return redirect("feeds:public")
        operations.delete_account(person=request.user)
        logout(request)
        messages.success(request, _("Your account is deleted. Farewell."))
        return redirect("feeds:public")
    context = {"form": form, "days": site_settings.KEEP_LEFT_ACCOUNTS.days}
    return render(request, "users/delete.html", context, status=400 if form.errors else 200)


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Keep an account that was to be deleted, if its password was given a moment ago."""
    try:
        person = departures.accepted(request.POST.get("offer", ""))
    except (BadSignature, Departure.DoesNotExist):
        messages.error(request, _("This page is too old. Log in again."))
        return redirect("account_login")
    if departures.stay(person=person):
        messages.success(request, _("Your account is back. Log in."))
    return redirect("account_login")
