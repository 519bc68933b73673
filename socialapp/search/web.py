"""The search page, and what completes a name while it is typed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from socialapp.http.keyset import paginate
from socialapp.search.asked import understood
from socialapp.search.forms import SearchForm
from socialapp.search.marking import marked
from socialapp.search.queries import COMPLETIONS, complete_people, find_posts, tags_beginning, tags_lately
from socialapp.users.queries import find_people

TABS = {"posts": _("Posts"), "people": _("People"), "tags": _("Hashtags")}
LONGEST_NAME = 60


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Posts, people or hashtags; people when a username is asked for and nothing else is said."""
    what = request.GET.get("what") or ("people" if request.GET.get("q", "").startswith("@") else "posts")
    if what not in TABS:
        return redirect("search:search")
    form = SearchForm(request.GET)
    context: dict[str, Any] = {"form": form, "what": what, "tabs": TABS, "q": ""}
    if not form.is_valid():
        return render(request, "search/search.html", context, status=400)
    context["q"] = q = form.cleaned_data["q"]
    context |= _found(request, what, q) if q else {"lately": tags_lately()}
    return render(request, "search/search.html", context)


def _found(request: HttpRequest, what: str, q: str) -> dict[str, Any]:
    token = request.GET.get("page")
    if what == "people":
        return {"page": paginate(find_people(q), ["username"], token)}
    if what == "tags":
        return {"tags": tags_beginning(q)}
    asked = understood(q)
    page = find_posts(asked, request.user.pk, token)
    for post in page.items:
        post.marked = marked(post.body, asked.marked, post.mentioned)  # type: ignore[attr-defined]
    return {"page": page, "asked": asked}


@require_GET
@cache_control(private=True, max_age=60)
def complete(request: HttpRequest) -> HttpResponse:
    """What a word that began with @ or # may become: options for a listbox, for who is logged in.

    Made here rather than of JSON in the browser, so that faces and names are those of every other page.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    q = request.GET.get("q", "")
    if "\0" in q or len(q) > LONGEST_NAME:
        return HttpResponse(status=400)
    tags = tags_beginning(q, COMPLETIONS) if q.startswith("#") else []
    people = [] if q.startswith("#") else complete_people(q, request.user.pk)
    context = {"people": people, "tags": tags, "found": len(people) + len(tags)}
    return render(request, "search/complete.html", context)
