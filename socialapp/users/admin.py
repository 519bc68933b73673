"""People for admins: find them; who may open the admin. Suspending is moderation's (socialapp/moderation/admin.py)."""

from typing import Any

import allauth.mfa.admin  # noqa: F401  registers what is unregistered here
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from socialapp.users import operations, second_factor
from socialapp.users.models import Person, Token
from socialapp.users.templatetags.people import avatar
from socialapp.web.admin import BigTableAdmin, ReasonForm, moderate

# It shows the secrets of second factors.
admin.site.unregister(Authenticator)
PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(Person)
class PersonAdmin(BigTableAdmin):
    list_display = ("username", "name", "email", "joined_at", "is_staff", "suspended_at", "suspended_reason")
    list_filter = (
        ("suspended_at", admin.EmptyFieldListFilter),
        ("silenced_at", admin.EmptyFieldListFilter),
        "is_staff",
    )
    search_help_text = _("An id, the beginning of a username, or a whole mail address")
    fields = (
        *("picture", "username", "name", "bio", "email", "joined_at", "last_login", "suspended_at", "suspended_reason"),
        *("suspended_until", "silenced_at", "deleted_at", *PRIVILEGES),
    )
    filter_horizontal = ("groups", "user_permissions")
    action_form = ReasonForm
    actions: tuple[str, ...] = ("remove_avatar", "remove_second_factor")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        word = search_term.strip().removeprefix("@").lower().replace("\0", "")
        if not word:
            return queryset, False
        wanted = Q(username__startswith=word) | Q(lower_email=word)
        if word.isascii() and word.isdigit() and len(word) <= 18:
            wanted |= Q(pk=int(word))
        return queryset.alias(lower_email=Lower("email")).filter(wanted), False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Only superusers may give privileges; otherwise a moderator could make themselves one."""
        theirs = set(PRIVILEGES) if request.user.is_superuser else set()
        return [name for name in self.fields if name not in theirs]

    @staticmethod
    def moderated(request: HttpRequest, chosen: QuerySet[Person]) -> QuerySet[Person]:
        """The people this admin may act on: only superusers may act on staff."""
        return chosen if request.user.is_superuser else chosen.filter(is_staff=False)

    @admin.display(description=_("picture"))
    def picture(self, person: Person) -> SafeString:
        return avatar(person, "large")

    @admin.action(description=_("Remove the picture"), permissions=["change"])
    def remove_avatar(self, request: HttpRequest, chosen: QuerySet[Person]) -> None:
        moderate(
            self,
            request,
            self.moderated(request, chosen).exclude(avatar=""),
            lambda person, _reason: operations.remove_avatar(person=person),
            gettext("Picture removed"),
        )

    @admin.action(description=_("Remove the second factor"), permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, chosen: QuerySet[Person]) -> None:
        """Remove the second factor of people who lost theirs and have proved who they are. They are notified."""
        moderate(
            self,
            request,
            self.moderated(request, chosen),
            lambda person, _reason: second_factor.remove_second_factor(person=person),
            gettext("Second factor removed"),
        )


@admin.register(Token)
class TokenAdmin(BigTableAdmin):
    list_display = ("id", "person", "name", "scope", "created_at", "ends_at", "last_used_on")
    list_select_related = ("person",)
    fields = ("person", "name", "scope", "created_at", "ends_at", "last_used_on")
    find_by = ("person__username",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[Token]) -> None:
        moderate(
            self,
            request,
            chosen,
            lambda token, _reason: operations.revoke_token(person=token.person, token_id=token.pk),
            gettext("Revoked"),
        )
