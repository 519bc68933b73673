"""Inboxes and deliveries for admins: who was notified of what, when and how, and what can be done about failures."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from notifications.deliveries import fan_out, redelivery
from notifications.endpoints.operations import enable
from notifications.history import trace
from notifications.history.dashboard import board
from notifications.models import Circuit, Delivery, Endpoint, FanOut, NotificationGroup, Reason
from notifications.models.reasons import sentence
from notifications.tasks import audit
from socialapp.web.admin import BigTableAdmin


def in_words(column: str) -> Callable[[Any], str]:
    """A column of a list: the sentence of the reason whose code is in that column."""

    @admin.display(description=pgettext_lazy("admin", column.replace("_", " ")))
    def text(row: Any) -> str:
        return str(getattr(row, f"{column}_text"))

    return text


@admin.register(NotificationGroup)
class GroupAdmin(BigTableAdmin):
    list_display = ("id", "recipient", "kind", "post_id", "count", "at")
    list_select_related = ("recipient",)
    find_by = ("recipient__username",)
    search_help_text = _("An id or the recipient's username")
    change_form_template = "admin/notifications/timeline.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        group = NotificationGroup.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        stories = trace.of_group(group) if group else []
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "stories": stories})


@admin.register(Endpoint)
class EndpointAdmin(BigTableAdmin):
    list_display = (
        "id",
        "person",
        "channel",
        "name",
        "host",
        in_words("disabled_reason"),
        in_words("last_error"),
        "last_sent_at",
    )
    list_select_related = ("person",)
    list_filter = ("channel", ("disabled_at", admin.EmptyFieldListFilter))
    find_by = ("person__username", "address")
    actions = ("turn_on",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Keys belong to their owner: anyone with a webhook's secret can sign as we do.
        return [name for name in super().get_readonly_fields(request, obj) if name != "keys"]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["keys"]

    @admin.action(description=_("Turn on again"), permissions=["change"])
    def turn_on(self, request: HttpRequest, chosen: QuerySet[Endpoint]) -> None:
        for endpoint in chosen:
            enable(endpoint=endpoint)
            self.log_change(request, endpoint, "Turned on.")
        messages.success(request, gettext("Turned on: %(n)s.") % {"n": len(chosen)})


@admin.register(Delivery)
class DeliveryAdmin(BigTableAdmin):
    list_display = (
        "id",
        "recipient",
        "channel",
        "kind",
        "state",
        in_words("reason"),
        "attempts",
        "next_attempt_at",
        "accepted_at",
    )
    list_select_related = ("recipient",)
    list_filter = ("state", "channel")
    find_by = ("recipient__username",)
    search_help_text = _("An id or the recipient's username")
    actions = ("redeliver",)
    change_form_template = "admin/notifications/timeline.html"
    change_list_template = "admin/notifications/deliveries.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("dashboard/", view(self.dashboard), name="notifications_dashboard"),
            path("dashboard/audit/", view(require_POST(self.run_audit)), name="notifications_audit"),
            path("dead-letters/", view(self.dead_letters), name="notifications_dead_letters"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = Delivery.objects.select_related("endpoint").filter(pk=object_id) if object_id.isdecimal() else []
        stories = trace.of_deliveries(list(found))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "stories": stories})

    @admin.action(description=_("Send dead letters again"), permissions=["change"])
    def redeliver(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        ids = list(chosen.values_list("pk", flat=True))
        count = redelivery.redeliver(redelivery.dead_letters().filter(pk__in=ids))
        messages.success(request, gettext("Sent again: %(n)s of %(all)s.") % {"n": count, "all": len(ids)})

    def _allow(self, request: HttpRequest) -> None:
        """Require the right to view deliveries, and for a POST the right to change them: being staff is not enough."""
        has_right = self.has_change_permission if request.method == "POST" else self.has_view_permission
        if not has_right(request):
            raise PermissionDenied

    def dashboard(self, request: HttpRequest) -> TemplateResponse:
        """Show the dashboard; with ?part, only the part that changes, for the script that polls every few seconds."""
        self._allow(request)
        name = "board_part" if "part" in request.GET else "board"
        context = {**self.admin_site.each_context(request), "title": gettext("Deliveries"), "board": board()}
        return TemplateResponse(request, f"admin/notifications/{name}.html", context)

    def run_audit(self, request: HttpRequest) -> HttpResponseRedirect:
        self._allow(request)
        audit.apply_async(queue="housekeeping", retry=False)
        messages.success(request, gettext("The audit runs. Its result appears below when it is done."))
        return redirect("admin:notifications_dashboard")

    def dead_letters(self, request: HttpRequest) -> HttpResponse:
        """Filter, count, and then send again."""
        self._allow(request)
        filters = {
            name: request.POST.get(name) or request.GET.get(name) or None
            for name in ("name", "kind", "reason", "recipient")
        }
        found = redelivery.dead_letters(**filters)  # type: ignore[arg-type]  # these four are words
        if request.method == "POST":
            messages.success(request, gettext("Sent again: %(n)s.") % {"n": number_format(redelivery.redeliver(found))})
            return redirect("admin:notifications_dead_letters")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Dead letters"),
            "filters": {name: value or "" for name, value in filters.items()},
            "count": found.count(),
            "reasons": [(str(reason), sentence(reason, {})) for reason in Reason],
            "letters": redelivery.dead_letters(**filters, with_tests=True)  # type: ignore[arg-type]
            .select_related("recipient")
            .order_by("-pk")[:50],
        }
        return TemplateResponse(request, "admin/notifications/dead_letters.html", context)


@admin.register(FanOut)
class FanOutAdmin(BigTableAdmin):
    list_display = ("id", "post_id", "author", "state", "progress", "created_at", "finished_at")
    list_select_related = ("author",)
    list_filter = ("state",)
    find_by = ("author__username",)
    actions = ("pause", "resume", "cancel")

    @admin.display(description=_("progress"))
    def progress(self, job: FanOut) -> SafeString:
        return format_html(
            '<progress value="{}" max="{}"></progress> {}',
            job.done,
            max(job.total, 1),
            gettext("%(done)s of %(total)s") % {"done": job.done, "total": job.total},
        )

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, chosen: QuerySet[FanOut]) -> None:
        messages.success(request, gettext("Paused: %(n)s.") % {"n": fan_out.pause(_ids(chosen))})

    @admin.action(description=_("Go on"), permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[FanOut]) -> None:
        messages.success(request, gettext("Going on: %(n)s.") % {"n": fan_out.resume(_ids(chosen))})

    @admin.action(description=_("Cancel, also what was not sent yet"), permissions=["change"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[FanOut]) -> None:
        messages.success(request, gettext("Cancelled: %(n)s.") % {"n": fan_out.cancel(_ids(chosen))})


@admin.register(Circuit)
class CircuitAdmin(BigTableAdmin):
    list_display = ("name", "failures", "failing_since", "open_until", in_words("last_error"))
    find_by = ("name",)
    actions = ("close",)

    @admin.action(description=_("Close: try again now"), permissions=["change"])
    def close(self, request: HttpRequest, chosen: QuerySet[Circuit]) -> None:
        count = chosen.update(failures=0, failing_since=None, open_until=None)
        messages.success(request, gettext("Closed: %(n)s.") % {"n": count})


def _ids(chosen: QuerySet[FanOut]) -> list[int]:
    return list(chosen.values_list("pk", flat=True))
