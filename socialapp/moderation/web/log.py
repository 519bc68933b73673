"""The log of all that moderators did: to read, to filter, and as a file."""

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from socialapp.api.pagination import paginate
from socialapp.moderation.forms import LogForm
from socialapp.moderation.models import Action
from socialapp.moderation.queries import log
from socialapp.moderation.roles import for_moderators
from socialapp.users.requests import AuthenticatedRequest

COLUMNS = ("id", "at", "moderator", "act", "person", "post", "case", "rule", "words", "ends_at", "undoes")


@require_safe
@for_moderators
def show(request: AuthenticatedRequest) -> HttpResponse:
    """The log, the newest first."""
    form = LogForm(request.GET)
    values = form.cleaned_data if form.is_valid() else {}
    page = paginate(log(**values), ["-id"], request.GET.get("page"))
    return render(request, "moderation/log.html", {"page": page, "form": form})


@require_safe
@for_moderators
def export(request: AuthenticatedRequest) -> HttpResponseBase:
    """The same, all of it, as CSV."""
    form = LogForm(request.GET)
    found = log(**form.cleaned_data) if form.is_valid() else log()
    answer = StreamingHttpResponse(_lines(found.order_by("-pk").iterator(500)), content_type="text/csv; charset=utf-8")
    day = timezone.now().date().isoformat()
    answer.headers["Content-Disposition"] = f'attachment; filename="moderation-log-{day}.csv"'
    return answer


class _Echo:
    """What csv writes to; it hands each line back."""

    def write(self, text: str) -> str:
        return text


def _lines(actions: Iterator[Action]) -> Iterator[Any]:
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for each in actions:
        yield writer.writerow([_plain(value) for value in _row(each)])


def _row(action: Action) -> tuple[Any, ...]:
    return (
        action.pk,
        action.at.isoformat(),
        action.moderator.username if action.moderator else "",
        action.verb,
        action.person.username,
        action.post_id or "",
        action.case_id or "",
        action.rule_title,
        action.words,
        action.ends_at.isoformat() if action.ends_at else "",
        action.undoes_id or "",
    )


def _plain(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@"} else value
