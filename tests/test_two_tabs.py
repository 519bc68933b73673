"""One post, edited in two tabs, or deleted while it is edited: nothing that was written is lost without a word."""

import re

import pytest

from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, edit_post, publish_post
from socialapp.users.models import Person
from tests.people import logged_in

pytestmark = pytest.mark.django_db


def version_in(page: str) -> str:
    """What the form of a page sends along."""
    found = re.search(r'name="version"\s+value="([^"]*)"', page)
    assert found
    return found[1]


def test_the_second_tab_reads_what_the_first_saved_before_it_replaces_it(ada: Person) -> None:
    post = publish_post(author=ada, body="Fog.")[0]
    browser = logged_in(ada)
    page = f"/posts/{post.pk}/edit/"
    seen = version_in(browser.get(page).text)
    assert browser.post(page, {"body": "Fog, first tab.", "version": seen}).status_code == 302
    refused = browser.post(page, {"body": "Fog, second tab.", "version": seen})
    assert refused.status_code == 400
    for text in ("was changed meanwhile", "Fog, first tab.", "Fog, second tab."):
        assert text in refused.text
    assert Post.objects.get(pk=post.pk).body == "Fog, first tab."
    again = {"body": "Fog, second tab.", "version": version_in(refused.text)}
    assert browser.post(page, again).status_code == 302
    assert Post.objects.get(pk=post.pk).body == "Fog, second tab."


def test_an_edit_from_elsewhere_is_noticed_also_after_an_earlier_edit(ada: Person) -> None:
    post = publish_post(author=ada, body="One.")[0]
    edit_post(post_id=post.pk, by=ada, body="Two.")
    browser = logged_in(ada)
    page = f"/posts/{post.pk}/edit/"
    seen = version_in(browser.get(page).text)
    edit_post(post_id=post.pk, by=ada, body="Three.")
    assert browser.post(page, {"body": "Four.", "version": seen}).status_code == 400


def test_what_was_written_for_a_post_that_is_gone_is_given_back(ada: Person) -> None:
    post = publish_post(author=ada, body="Fog.")[0]
    browser = logged_in(ada)
    delete_post(post_id=post.pk, by=ada)
    answer = browser.post(f"/posts/{post.pk}/edit/", {"body": "Long and dear words."})
    assert (answer.status_code, "Long and dear words." in answer.text) == (410, True)
    assert 'action="/posts/"' in answer.text
    assert browser.get(f"/posts/{post.pk}/edit/").status_code == 404
