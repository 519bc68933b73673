"""Days on pages are those of the reader; what programs read is UTC."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from socialapp.web.templatetags.humanize import time_in_words
from tests.people import logged_in

NOW = datetime(2026, 11, 28, 16, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "words"),
    [
        ("Asia/Kolkata", datetime(2026, 11, 27, 21, 0, tzinfo=UTC), "19 h ago"),
        ("UTC", datetime(2026, 11, 27, 21, 0, tzinfo=UTC), "yesterday"),
        ("Asia/Kolkata", datetime(2026, 11, 19, 21, 0, tzinfo=UTC), "20 November"),
        ("Asia/Kolkata", datetime(2025, 12, 31, 21, 0, tzinfo=UTC), "1 January"),
        ("America/Los_Angeles", datetime(2026, 11, 28, 2, 0, tzinfo=UTC), "yesterday"),
        ("America/Los_Angeles", datetime(2026, 1, 1, 5, 0, tzinfo=UTC), "31 December 2025"),
    ],
)
def test_a_day_is_one_of_the_readers(zone: str, at: datetime, words: str) -> None:
    local = ZoneInfo(zone)
    assert time_in_words(at.astimezone(local), NOW.astimezone(local)) == words


@pytest.mark.django_db
def test_pages_use_the_zone_that_the_browser_told(ada: Person) -> None:
    post = publish_post(author=ada, body="Happy new year!")[0]
    Post.objects.filter(pk=post.pk).update(created_at=datetime(2020, 12, 31, 21, 0, tzinfo=UTC))
    page = f"/posts/{post.pk}/"
    stranger = Client()
    assert "31 December 2020" in stranger.get(page).text
    stranger.cookies["zone"] = "Asia/Kolkata"
    assert "1 January 2021" in stranger.get(page).text
    assert stranger.get(f"/api/social/v1{page}").json()["created_at"].startswith("2020-12-31T21:00:00")
    assert "31 December 2020" in Client().get(page).text


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Nowhere/Land", "../../etc/passwd", "/etc/passwd", "", "Europe", "x" * 5_000, "a\0b"])
def test_a_zone_that_is_none_is_utc(ada: Person, name: str) -> None:
    stranger = Client()
    stranger.cookies["zone"] = name
    assert stranger.get("/public/").status_code == 200


@pytest.mark.django_db
def test_who_chooses_hours_for_the_first_time_is_offered_the_browsers_zone(ada: Person) -> None:
    browser = logged_in(ada)
    browser.cookies["zone"] = "Asia/Kolkata"
    assert '<option value="Asia/Kolkata" selected>' in browser.get("/settings/notifications/").text
