"""Who may not do something reads why, where they pressed."""

import pytest
from django.test import Client

from socialapp.follows.operations import block
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from tests.people import logged_in

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/@ada/"}


@pytest.fixture
def bob_blocked(ada: Person, bob: Person) -> Client:
    """Bob's browser; Ada has blocked him."""
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    return logged_in(bob)


def test_the_blocked_read_why_they_cannot_follow(ada: Person, bob_blocked: Client) -> None:
    answer = bob_blocked.post("/@ada/follow/", headers=HTMX)
    assert (answer.status_code, answer["HX-Retarget"]) == (400, "#flashes")
    assert "You cannot follow" in answer.text
    assert "You cannot follow" in bob_blocked.post("/@ada/follow/", follow=True).text


@pytest.mark.parametrize("verb", ["like", "share", "comments"])
def test_the_blocked_read_why_they_cannot_react(ada: Person, bob_blocked: Client, verb: str) -> None:
    post = publish_post(author=ada, body="Fog.")[0]
    answer = bob_blocked.post(f"/posts/{post.pk}/{verb}/", {"body": "Yes."}, headers=HTMX)
    assert answer.status_code == 400
    assert "You cannot react to what" in answer.text


def test_what_is_gone_is_still_not_there(ada: Person, bob: Person) -> None:
    assert logged_in(bob).post("/posts/999999/like/", headers=HTMX).status_code == 404


def test_whom_one_blocked_is_shown_as_blocked_and_unblocked_there(ada: Person, bob: Person) -> None:
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    browser = logged_in(ada)
    page = browser.get("/@bob/").text
    assert 'formaction="/@bob/follow/"' not in page
    assert page.count('formaction="/@bob/unblock/"') >= 1
    assert "Blocked" in page
    browser.post("/@bob/unblock/")
    assert 'formaction="/@bob/follow/"' in browser.get("/@bob/").text
