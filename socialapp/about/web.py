"""The pages about the site, which anybody may read."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from socialapp.about.models import SiteText, Subject
from socialapp.about.queries import rendered, text_of


@require_safe
def show(request: HttpRequest, subject: Subject) -> HttpResponse:
    """The text about one subject, in the language of the page."""
    language = translation.get_language()
    text, is_draft = text_of(subject, language)
    context: dict[str, Any] = {
        "subject": subject,
        "text": rendered(text),
        "subjects": Subject,
        "may_edit": request.user.has_perm("about.change_sitetext"),
    }
    if context["may_edit"]:
        context["own"] = None if is_draft else SiteText.objects.get(subject=subject, language=language)
        context["language"] = language
    return render(request, "about/page.html", context)
