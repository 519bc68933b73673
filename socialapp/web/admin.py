"""Bases of admin pages: lists that stay usable at ten million rows, and moderation with a reason."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
    _ModelAdmin = admin.ModelAdmin[Any]
else:  # generic in the stubs only
    _Paginator, _ModelAdmin = Paginator, admin.ModelAdmin

COUNTED_ROWS = 10_000
BIGINT_DIGITS = 18


class CappedPaginator(_Paginator):
    """Counts no further than COUNTED_ROWS, because counting ten million takes seconds. Search finds the rest."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows, or COUNTED_ROWS if there are more."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:COUNTED_ROWS].count()


class BigTableAdmin(_ModelAdmin):
    """Lists rows newest first, searches only by indexes, and neither adds nor changes rows."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    ordering = ("-pk",)
    # Lookups that a word is tried on, beside the id.
    find_by: ClassVar[tuple[str, ...]] = ()
    search_fields = ("pk",)  # only so that the box is there
    search_help_text = _("An id or a username (@123 for a username of digits)")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        word = search_term.strip().lower().replace("\0", "")
        if not word:
            return queryset, False
        # One or the other, never both in one condition: no index serves "this id or that person's".
        if word.isascii() and word.isdigit() and len(word) <= BIGINT_DIGITS:
            by_id = queryset.filter(pk=int(word))
            if by_id.exists():
                return by_id, False
        wanted = Q()
        for lookup in self.find_by:
            wanted |= Q((lookup, word.removeprefix("@")))
        return (queryset.filter(wanted) if wanted else queryset.none()), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [field.name for field in self.opts.fields]


class ReasonForm(ActionForm):
    """The row of actions above a list, with room for a reason."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"placeholder": _("Reason (who is suspended reads it)")}),
    )


def moderate(
    model_admin: _ModelAdmin,
    request: HttpRequest,
    chosen: QuerySet[Any],
    change: Callable[[Any, str], object],
    done: str,
    *,
    needs_reason: bool = False,
) -> None:
    """Do `change(row, reason)` to each row, record it in the admin's log, and confirm it."""
    reason = request.POST.get("reason", "").strip()
    if needs_reason and not reason:
        messages.error(request, gettext("Nothing was changed: give a reason beside the action."))
        return
    rows = list(chosen)
    for row in rows:
        change(row, reason)
        model_admin.log_change(request, row, f"{done}. {reason}".strip())
    messages.success(request, f"{done}: {len(rows)}.")
