"""The outbox for admins: messages that wait, and dead letters, whose handlers kept failing."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from socialapp.messaging.consumer import send_again
from socialapp.messaging.models import OutboxMessage
from socialapp.web.admin import BigTableAdmin


class StateFilter(admin.SimpleListFilter):
    """Filter messages by state; each state has a partial index."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", gettext("Waiting")), ("aside", gettext("Dead letters"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(dead_lettered_at__isnull=self.value() == "waiting")


@admin.register(OutboxMessage)
class MessageAdmin(BigTableAdmin):
    list_display = ("id", "name", "state", "attempts", "created_at", "retry_at", "last_line")
    list_filter = (StateFilter,)
    search_help_text = _("An id or the name of a message")
    actions = ("send_again",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.strip().isidentifier():
            return queryset.filter(name=search_term.strip()), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("state"))
    def state(self, message: OutboxMessage) -> str:
        if message.dead_lettered_at:
            return gettext("dead letter")
        return gettext("rescheduled") if message.attempts else gettext("waiting")

    @admin.display(description=_("error"))
    def last_line(self, message: OutboxMessage) -> str:
        return message.error.strip().rpartition("\n")[2][:200]

    @admin.action(description=_("Send again"), permissions=["change"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[OutboxMessage]) -> None:
        rows = list(chosen.filter(dead_lettered_at__isnull=False))
        count = send_again([row.pk for row in rows])
        for row in rows:
            self.log_change(request, row, "Sent again.")
        messages.success(request, gettext("Sent again: %(n)s. Waiting messages were left alone.") % {"n": count})
