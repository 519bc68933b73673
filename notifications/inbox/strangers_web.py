"""Pages of notices from strangers: the box, its answers, and the policy."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications.inbox import strangers
from notifications.models import NoticePolicy, Verdict
from notifications.preferences.strangers import policy_of, set_policy
from socialapp.api.pagination import paginate
from socialapp.users.queries import person_named
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.htmx import htmx_of
from socialapp.web.pages import signed_in


class PolicyForm(forms.Form):
    """What becomes of notices from each kind of stranger."""

    not_following = forms.ChoiceField(label=gettext_lazy("People you do not follow"), choices=Verdict.choices)
    not_followers = forms.ChoiceField(label=gettext_lazy("People who do not follow you"), choices=Verdict.choices)
    new_accounts = forms.ChoiceField(
        label=gettext_lazy("New accounts"), choices=Verdict.choices, help_text=gettext_lazy("Of the last 30 days.")
    )
    private_mentions = forms.ChoiceField(
        label=gettext_lazy("Private mentions by people you do not follow"), choices=Verdict.choices
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
def policy(request: AuthenticatedRequest) -> HttpResponse:
    """Choose what becomes of notices from strangers."""
    known = policy_of(request.user.pk)
    form = PolicyForm(request.POST or None, initial={field: getattr(known, field) for field in NoticePolicy.FIELDS})
    if form.is_valid():
        set_policy(person_id=request.user.pk, changes=form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("notifications:policy")
    return render(request, "notifications/policy.html", {"form": form}, status=400 if form.errors else 200)


@require_safe
@signed_in
@never_cache
def box(request: AuthenticatedRequest) -> HttpResponse:
    """List the people whose notices were filtered, with their newest ones."""
    page = paginate(strangers.box_of(request.user.pk), ["-id"], request.GET.get("page"))
    people = strangers.boxed(request.user.pk, page.items)
    return render(request, "notifications/box.html", {"page": page, "boxed": people})


@require_POST
@signed_in
def accept(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """Accept somebody's notices, those in the box and later ones."""
    person = person_named(username)
    strangers.accept(person_id=request.user.pk, stranger_id=person.pk)
    messages.success(request, _("You get notifications of %(name)s from now on.") % {"name": person.display_name})
    return HttpResponse() if htmx_of(request) else redirect("notifications:box")


@require_POST
@signed_in
def drop(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """Drop somebody's notices that are in the box."""
    person = person_named(username)
    strangers.drop(person_id=request.user.pk, stranger_id=person.pk)
    messages.success(request, _("What %(name)s had in the box is dropped.") % {"name": person.display_name})
    return HttpResponse() if htmx_of(request) else redirect("notifications:box")


@require_POST
@signed_in
def answer_all(request: AuthenticatedRequest) -> HttpResponse:
    """Accept or drop all that is in the box."""
    accepts = request.POST.get("answer") == "accept"
    strangers.answer_all(person_id=request.user.pk, accept=accepts)
    messages.success(request, _("All of them are accepted.") if accepts else _("All of it is dropped."))
    return redirect("notifications:box")
