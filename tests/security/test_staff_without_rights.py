"""Attacks of somebody who may open the admin and has no right in it."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from socialapp.users.models import Person
from socialapp.users.operations import suspend
from tests.people import logged_in

DELIVERIES = "/admin/notifications/delivery/"
DASHBOARD, AUDIT, DEAD = (DELIVERIES + name for name in ("dashboard/", "dashboard/audit/", "dead-letters/"))
API = "/api/social/v1/dead-letters/"


def staff(person: Person, *rights: str) -> Client:
    """Their browser, once an operator gave them these rights."""
    Person.objects.filter(pk=person.pk).update(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return logged_in(Person.objects.get(pk=person.pk))


def names_of_pages() -> list[str]:
    """Of each page of the admin that is about something and needs no id."""
    patterns = [each for pattern in admin.site.urls[0] for each in getattr(pattern, "url_patterns", ())]
    return [each.name for each in patterns if each.name and not each.pattern.converters]


def test_no_page_about_anything_opens_for_who_has_no_right(ada: Person) -> None:
    browser = staff(ada)
    answers = {name: browser.get(reverse(f"admin:{name}")).status_code for name in names_of_pages()}
    assert set(answers.values()) <= {403, 405}, answers
    assert "notifications_dashboard" in answers


@pytest.mark.parametrize(
    ("rights", "looks", "acts"),
    [((), 403, 403), (("view_delivery",), 200, 403), (("view_delivery", "change_delivery"), 200, 302)],
)
def test_deliveries_are_seen_and_sent_again_by_right(
    ada: Person, rights: tuple[str, ...], looks: int, acts: int
) -> None:
    browser = staff(ada, *rights)
    assert [browser.get(path).status_code for path in (DASHBOARD, DEAD)] == [looks, looks]
    assert [browser.post(path).status_code for path in (AUDIT, DEAD)] == [acts, acts]


@pytest.mark.parametrize(
    ("rights", "looks", "acts"),
    [((), 403, 403), (("view_delivery",), 200, 403), (("view_delivery", "change_delivery"), 200, 200)],
)
def test_so_they_are_by_the_api(
    ada: Person,
    bob: Person,
    api_of: Callable[[Person | None], APIClient],
    rights: tuple[str, ...],
    looks: int,
    acts: int,
) -> None:
    staff(ada, *rights)
    api = api_of(Person.objects.get(pk=ada.pk))
    assert (api.get(API).status_code, api.post(API, {"dry_run": True}).status_code) == (looks, acts)
    why = {"recipient": "bob", "actor": "ada", "kind": "follow"}
    assert api.get("/api/social/v1/notifications/why/", why).status_code == looks


def test_a_moderator_does_not_let_staff_back_in(ada: Person, bob: Person) -> None:
    Person.objects.filter(pk=bob.pk).update(is_staff=True, is_superuser=True)
    suspend(person=bob, reason="gone wild")
    moderator = staff(ada, "view_person", "change_person")
    moderator.post("/admin/users/person/", {"action": "unsuspend", "_selected_action": [bob.pk], "reason": "please"})
    bob.refresh_from_db()
    assert bob.suspended_at is not None
