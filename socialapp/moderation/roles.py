"""Who moderates: a group with two rights, which admins give in the admin and operators by a command.

`moderate` opens the pages of moderation and all that can be undone; `erase` is for what cannot be undone.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from socialapp.users.models import Person
from socialapp.users.second_factor import must_show_second_factor, needs_second_factor
from socialapp.web.pages import signed_in

GROUP = "Moderators"
MODERATE, ERASE = "moderation.moderate", "moderation.erase"
# In the session of a moderator: pages then show the way to the queue. The right itself is asked at each page of it.
SESSION_KEY = "moderates"


def is_moderator(person: Any) -> bool:
    """Whether this person may open the pages of moderation."""
    return bool(person.is_authenticated and person.has_perm(MODERATE))


def may_erase(person: Person) -> bool:
    """Whether this person may delete posts and accounts of others for good."""
    return person.has_perm(ERASE)


def moderators() -> QuerySet[Person]:
    """All who moderate, superusers included."""
    right = Q(groups__permissions__codename="moderate", groups__permissions__content_type__app_label="moderation")
    own = Q(user_permissions__codename="moderate", user_permissions__content_type__app_label="moderation")
    return Person.objects.active().filter(right | own | Q(is_superuser=True)).distinct()


def make_group() -> None:
    """Make the group of moderators with both rights, unless it is there."""
    group, is_new = Group.objects.get_or_create(name=GROUP)
    if is_new:
        create_permissions(apps.get_app_config("moderation"), verbosity=0)
        rights = Permission.objects.filter(content_type__app_label="moderation", codename__in=["moderate", "erase"])
        group.permissions.set(rights)


def note_role(request: HttpRequest, person: Any) -> None:
    """Note in the session whether its person moderates."""
    if is_moderator(person):
        request.session[SESSION_KEY] = True
    else:
        request.session.pop(SESSION_KEY, None)


def for_moderators(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """Limit a view to moderators who showed a second factor, where staff must. Raises PermissionDenied for others."""

    @never_cache
    @signed_in
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        person: Any = request.user
        if not is_moderator(person):
            request.session.pop(SESSION_KEY, None)
            raise PermissionDenied(_("This page is for moderators."))
        request.session.setdefault(SESSION_KEY, True)
        if needs_second_factor(person):
            messages.warning(request, _("Moderation opens once your account has a second factor. Set one up here."))
            return redirect("users:security")
        if must_show_second_factor(request):
            back = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
            return redirect(f"{reverse('mfa_reauthenticate')}?{back}")
        answer: HttpResponse = view(request, *args, **kwargs)
        return answer

    return guarded
