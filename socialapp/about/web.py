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
    text, written_in = text_of(subject, language)
    context: dict[str, Any] = {
        "subject": subject,
        "text": rendered(text),
        "written_in": written_in,
        "subjects": Subject,
        "may_edit": request.user.has_perm("about.change_sitetext"),
    }
    if context["may_edit"]:
        context["own"] = SiteText.objects.filter(subject=subject, language=language).first()
        context["language"] = language
    return render(request, "about/page.html", context)
