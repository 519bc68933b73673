"""The admin's part in moderation: rules and templates; the log; and its own acts, which are lines of the log too."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from socialapp.moderation.models import Action, Rule, SpamRules, Template, Verb
from socialapp.moderation.operations import acts
from socialapp.moderation.signals import know
from socialapp.posts.admin import PostAdmin
from socialapp.posts.models import Post
from socialapp.users.admin import PersonAdmin
from socialapp.users.models import Person
from socialapp.web.admin import BigTableAdmin, ReasonForm, moderate

# What they are without moderation, and with its acts below.
admin.site.unregister(Post)
admin.site.unregister(Person)


@admin.register(Post)
class ModeratedPostAdmin(PostAdmin):
    action_form = ReasonForm
    actions = ("hide", "unhide", "remove")

    @admin.action(description=_("Hide, with a reason"), permissions=["change"])
    def hide(self, request: HttpRequest, chosen: QuerySet[Post]) -> None:
        self._act(request, chosen, Verb.HIDE, gettext("Hidden"))

    @admin.action(description=_("Remove for good, with a reason"), permissions=["change"])
    def remove(self, request: HttpRequest, chosen: QuerySet[Post]) -> None:
        """Remove posts for good: not even their authors can restore them."""
        self._act(request, chosen, Verb.REMOVE, gettext("Removed for good"))

    @admin.action(description=_("Show again"), permissions=["change"])
    def unhide(self, request: HttpRequest, chosen: QuerySet[Post]) -> None:
        def change(post: Post, reason: str) -> None:
            acts.lift(verb=Verb.HIDE, person=post.author, post_id=post.pk, moderator=_admin(request), words=reason)

        _moderate(self, request, chosen.exclude(hidden_at=None), change, gettext("Shown again"))

    def _act(self, request: HttpRequest, chosen: QuerySet[Post], verb: Verb, done: str) -> None:
        def change(post: Post, reason: str) -> None:
            acts.act(moderator=_admin(request), verb=verb, person=post.author, post_id=post.pk, words=reason)

        _moderate(self, request, chosen, change, done, needs_reason=True)


@admin.register(Person)
class ModeratedPersonAdmin(PersonAdmin):
    actions = ("silence", "unsilence", "suspend", "unsuspend", *PersonAdmin.actions)

    @admin.action(description=_("Silence, with a reason"), permissions=["change"])
    def silence(self, request: HttpRequest, chosen: QuerySet[Person]) -> None:
        """Have only their followers find them."""
        people = self.moderated(request, chosen).filter(deleted_at=None, silenced_at=None)
        self._act(request, people, Verb.SILENCE, gettext("Silenced"))

    @admin.action(description=_("End the silence"), permissions=["change"])
    def unsilence(self, request: HttpRequest, chosen: QuerySet[Person]) -> None:
        people = self.moderated(request, chosen).exclude(silenced_at=None)
        self._lift(request, people, Verb.SILENCE, gettext("Everybody finds them again"))

    @admin.action(description=_("Suspend, with a reason"), permissions=["change"])
    def suspend(self, request: HttpRequest, chosen: QuerySet[Person]) -> None:
        people = self.moderated(request, chosen).filter(deleted_at=None, suspended_at=None)
        self._act(request, people, Verb.SUSPEND, gettext("Suspended"))

    @admin.action(description=_("Let back in"), permissions=["change"])
    def unsuspend(self, request: HttpRequest, chosen: QuerySet[Person]) -> None:
        people = self.moderated(request, chosen).exclude(suspended_at=None)
        self._lift(request, people, Verb.SUSPEND, gettext("Let back in"))

    def _act(self, request: HttpRequest, people: QuerySet[Person], verb: Verb, done: str) -> None:
        def change(person: Person, reason: str) -> None:
            acts.act(moderator=_admin(request), verb=verb, person=person, words=reason)

        _moderate(self, request, people.exclude(pk=request.user.pk or 0), change, done, needs_reason=True)

    def _lift(self, request: HttpRequest, people: QuerySet[Person], verb: Verb, done: str) -> None:
        def change(person: Person, reason: str) -> None:
            acts.lift(verb=verb, person=person, moderator=_admin(request), words=reason)

        _moderate(self, request, people, change, done)


def _admin(request: HttpRequest) -> Person:
    """The person who uses the admin: a request without one never gets here."""
    return cast("Person", request.user)


def _moderate(
    model_admin: Any, request: HttpRequest, chosen: QuerySet[Any], change: Any, done: str, *, needs_reason: bool = False
) -> None:
    """Like `moderate`, and show the error if moderation refuses."""
    try:
        moderate(model_admin, request, chosen, change, done, needs_reason=needs_reason)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except PermissionDenied as error:
        messages.error(request, str(error))


class _Texts(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display: tuple[str, ...] = ("title", "text", "position")
    list_editable = ("position",)


@admin.register(Rule)
class RuleAdmin(_Texts):
    list_display = ("title", "text", "position", "retired_at")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Retire it instead: the log refers to it."""
        return False


@admin.register(Template)
class TemplateAdmin(_Texts):
    pass


@admin.register(SpamRules)
class SpamRulesAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """One row: it may be added while there is none."""

    list_display = ("is_on", "needed", "new_for_days", "same_times", "strangers")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not SpamRules.objects.exists()

    def save_model(self, request: HttpRequest, obj: SpamRules, form: Any, change: bool) -> None:
        obj.pk = 1
        super().save_model(request, obj, form, change)
        know(obj)


@admin.register(Action)
class ActionAdmin(BigTableAdmin):
    list_display = ("at", "moderator", "verb", "person", "post_id", "rule_title", "words")
    list_select_related = ("moderator", "person")
    list_filter = ("verb",)
    find_by = ("person__username", "moderator__username")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The log cannot be changed."""
        return False
