"""Sign-up for admins: its rules, applications, invitations, and blocks."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from socialapp.signup import operations
from socialapp.signup.models import Application, Block, Invitation, Invitee, SignupRules
from socialapp.web.admin import BigTableAdmin, ReasonForm, moderate

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:  # generic in the stubs only
    _ModelAdmin = admin.ModelAdmin


@admin.register(SignupRules)
class SignupRulesAdmin(_ModelAdmin):
    """One row: it may be added while there is none, and takes effect with the next sign-up."""

    list_display = ("mode", "inviters", "question")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not SignupRules.objects.exists()

    def save_model(self, request: HttpRequest, obj: SignupRules, form: Any, change: bool) -> None:
        obj.pk = 1
        super().save_model(request, obj, form, change)


@admin.register(Application)
class ApplicationAdmin(BigTableAdmin):
    list_display = ("username", "email", "answer", "address", "created_at")
    fields = ("username", "email", "question", "answer", "language", "address", "created_at")
    find_by = ("username", "email")
    ordering = ("pk",)
    action_form = ReasonForm
    actions = ("approve", "refuse")

    @admin.action(description=_("Approve"), permissions=["change"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Application]) -> None:
        try:
            moderate(
                self,
                request,
                chosen,
                lambda application, _reason: operations.approve(application=application),
                gettext("Approved"),
            )
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))

    @admin.action(description=_("Refuse, with a reason if you like"), permissions=["change"])
    def refuse(self, request: HttpRequest, chosen: QuerySet[Application]) -> None:
        moderate(
            self,
            request,
            chosen,
            lambda application, reason: operations.refuse(application=application, reason=reason),
            gettext("Refused"),
        )


@admin.register(Invitation)
class InvitationAdmin(BigTableAdmin):
    list_display = ("id", "person", "note", "uses", "limit", "created_at", "ends_at", "revoked_at")
    list_select_related = ("person",)
    fields = ("person", "note", "uses", "limit", "created_at", "ends_at", "revoked_at")
    find_by = ("person__username",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[Invitation]) -> None:
        moderate(self, request, chosen, lambda row, _reason: operations.revoke(invitation=row), gettext("Revoked"))


@admin.register(Invitee)
class InviteeAdmin(BigTableAdmin):
    """Which person invited which."""

    list_display = ("person", "inviter", "joined_at")
    list_select_related = ("person", "invitation__person")
    find_by = ("person__username", "invitation__person__username")

    @admin.display(description=_("by"))
    def inviter(self, row: Invitee) -> str:
        return str(row.invitation.person)


@admin.register(Block)
class BlockAdmin(_ModelAdmin):
    list_display = ("value", "kind", "reason", "ends_at", "created_at")
    list_filter = ("kind",)
    search_fields = ("value", "reason")
    ordering = ("-pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("created_at",)
