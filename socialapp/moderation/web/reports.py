"""The page to report a person or a post, and the public page about moderation."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from socialapp.follows.queries import has_blocked
from socialapp.moderation.forms import ReportForm
from socialapp.moderation.operations.reports import report
from socialapp.moderation.queries import numbers, reportable, rules
from socialapp.moderation.signals import spam_rules
from socialapp.posts.models import Post
from socialapp.users.models import Person
from socialapp.users.queries import person_named
from socialapp.users.requests import AuthenticatedRequest
from socialapp.web.pages import errors_on, signed_in

OFFERED = 10


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def post(request: AuthenticatedRequest, post_id: int) -> HttpResponse:
    """Report a post, and perhaps others by its author."""
    found = Post.objects.reportable_by(request.user.pk).get(pk=post_id)
    return _report(request, found.author, [found])


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def person(request: AuthenticatedRequest, username: str) -> HttpResponse:
    """Report a person, and perhaps posts of theirs."""
    return _report(request, person_named(username), [])


def _report(request: AuthenticatedRequest, about: Person, chosen: Sequence[Post]) -> HttpResponse:
    if about.pk == request.user.pk:
        raise ValidationError(_("You cannot report yourself."))
    is_shut_out = has_blocked(about.pk, request.user.pk)
    others = reportable(about, request.user, is_shut_out=is_shut_out)
    ids = [each.pk for each in chosen]
    posts = [*chosen, *others.exclude(pk__in=ids).order_by("-pk")[: OFFERED - len(ids)]]
    # Whoever is blocked has no page of the person to go back to.
    leads_to = reverse("feeds:home") if is_shut_out else reverse("feeds:profile", args=[about.username])
    form = ReportForm(request.POST or None, posts=posts, chosen=ids)
    if form.is_valid():
        with errors_on(form):
            values = form.cleaned_data
            report(
                reporter=request.user,
                person=about,
                category=values["category"],
                rule=values["rule"],
                words=values["words"],
                post_ids=values["posts"],
            )
            messages.success(
                request, _("Thank you. A moderator looks at it, and you hear in your inbox what became of it.")
            )
            return redirect(leads_to)
    context: dict[str, Any] = {"form": form, "person": about, "leads_to": leads_to}
    return render(request, "moderation/report.html", context, status=400 if form.errors else 200)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """The rules, how moderation works, and its numbers."""
    context = {
        "rules": rules(),
        "numbers": numbers(),
        "evidence_days": settings.KEEP_EVIDENCE.days,
        "holds_posts": spam_rules().is_on,
    }
    return render(request, "moderation/about.html", context)
