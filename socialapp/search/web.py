"""The search page, and the completion of names while they are typed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from socialapp.api.pagination import paginate
from socialapp.follows.queries import without_blocked
from socialapp.follows.reach import unreachable
from socialapp.search.forms import SearchForm
from socialapp.search.highlight import marked
from socialapp.search.queries import COMPLETIONS, complete_people, find_posts, tags_beginning, trending_tags
from socialapp.search.query import parse
from socialapp.users.models import Person
from socialapp.users.queries import find_people

TABS = {"posts": _("Posts"), "people": _("People"), "tags": _("Hashtags")}
ORDERS = {"new": _("Newest"), "name": _("By username")}
ORDER_FIELDS = {"new": "-id", "name": "username"}
LONGEST_NAME = 60
# How many people and hashtags are shown beside the posts.
PEOPLE_BESIDE = 3
TAGS_BESIDE = 5


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Posts, people or hashtags. The first page of posts also shows people and hashtags that the words may mean."""
    what = request.GET.get("what") or ("people" if request.GET.get("q", "").startswith("@") else "posts")
    if what not in TABS:
        return redirect("search:search")
    return _page(request, what)


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """List the people the viewer may find, all or by name."""
    return _page(request, "people")


def _page(request: HttpRequest, what: str) -> HttpResponse:
    form = SearchForm(request.GET)
    context: dict[str, Any] = {"form": form, "what": what, "tabs": TABS, "q": ""}
    if not form.is_valid():
        return render(request, "search/search.html", context, status=400)
    context["q"] = q = form.cleaned_data["q"]
    if q:
        context |= _found(request, what, q)
    elif what == "people":
        context |= _directory(request)
    else:
        context["lately"] = trending_tags()
    return render(request, "search/search.html", context)


def _found(request: HttpRequest, what: str, q: str) -> dict[str, Any]:
    token = request.GET.get("page")
    if what == "people":
        return {"page": paginate(find_people(q, request.user.pk), ["username"], token)}
    if what == "tags":
        return {"tags": tags_beginning(q)}
    asked = parse(q)
    page = find_posts(asked, request.user.pk, token)
    for post in page.items:
        post.marked = marked(post.body, asked.phrases, post.mentioned)  # type: ignore[attr-defined]
    found: dict[str, Any] = {"page": page, "asked": asked}
    if not token and not asked.authors:
        # One more than is shown tells whether there are more.
        found["people"] = complete_people(q, request.user.pk or 0)[: PEOPLE_BESIDE + 1]
        found["people_shown"] = PEOPLE_BESIDE
        found["tags"] = tags_beginning(q, TAGS_BESIDE)
    return found


def _directory(request: HttpRequest) -> dict[str, Any]:
    order = request.GET.get("order")
    order = order if order in ORDERS else "new"
    everybody = without_blocked(Person.objects.findable(request.user.pk), request.user.pk, "pk")
    page = paginate(everybody, [ORDER_FIELDS[order]], request.GET.get("page"))
    return {"page": page, "order": order, "orders": ORDERS}


@require_safe
@cache_control(private=True, max_age=60)
def complete(request: HttpRequest) -> HttpResponse:
    """Options for a listbox that complete a word beginning with @ or #. 403 without an account.

    HTML rather than JSON, so that pictures and names look as on every other page.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    q = request.GET.get("q", "")
    if "\0" in q or len(q) > LONGEST_NAME:
        return HttpResponse(status=400)
    tags = tags_beginning(q, COMPLETIONS) if q.startswith("#") else []
    people = [] if q.startswith("#") else complete_people(q, request.user.pk)
    closed = unreachable(Person.objects.filter(pk__in=[person.pk for person in people]), request.user.pk)
    context = {
        "people": people,
        "tags": tags,
        "found": len(people) + len(tags),
        "closed": set(closed) if people else (),
    }
    return render(request, "search/complete.html", context)
