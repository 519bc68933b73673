"""Where one blocks the other, neither sees the other in a list, nor what the other wrote anywhere."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from reactions.operations import comment, like, share
from socialapp.bookmarks.operations import save
from socialapp.feeds.suggestions import people_to_follow
from socialapp.follows.operations import block, follow, unblock
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.search.queries import complete_people
from socialapp.users.models import Person
from tests.people import logged_in, new_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def theirs(ada: Person, bob: Person, charlie: Person) -> Post:
    """Charlie's post, shared by Ada, whom Bob follows; Charlie likes, shares and follows as well."""
    post, _ = publish_post(author=charlie, body="Wonderful #morning")
    adas, _ = publish_post(author=ada, body="Hello")
    follow(follower_id=bob.pk, followee_id=ada.pk)
    follow(follower_id=charlie.pk, followee_id=ada.pk)
    follow(follower_id=ada.pk, followee_id=charlie.pk)
    share(post_id=post.id, person_id=ada.pk)
    like(post_id=adas.id, person_id=charlie.pk)
    share(post_id=adas.id, person_id=charlie.pk)
    save(post_id=post.id, person_id=bob.pk)
    comment(post_id=adas.id, author=charlie, body="An answer")
    return post


POSTS = ["feed/", "people/ada/posts/", "public/", "tags/morning/", "search/posts/?q=wonderful", "bookmarks/"]
REPLIES = ["posts/{post}/comments/", "search/posts/?q=answer"]
PEOPLE = ["posts/{post}/likes/", "posts/{post}/shares/", "people/ada/followers/", "people/ada/following/"]


def lists(reader: APIClient) -> dict[str, list[Any]]:
    """What each list has of Charlie: the text of his post or of his reply, or his name."""
    adas = Post.objects.get(author__username="ada").id
    found = {at: [post["body"] for post in reader.get(f"/api/social/v1/{at}").json()["results"]] for at in POSTS}
    found |= {
        f"replies: {at}": [
            post["body"]
            for post in reader.get(f"/api/social/v1/{at.format(post=adas)}").json()["results"]
            if post["body"] == "An answer"
        ]
        for at in REPLIES
    }
    found |= {
        at: [person["username"] for person in reader.get(f"/api/social/v1/{at.format(post=adas)}").json()["results"]]
        for at in PEOPLE
    }
    return {
        at: [each for each in rows if each in {"Wonderful #morning", "An answer", "charlie"}]
        for at, rows in found.items()
    }


@pytest.mark.parametrize("by", ["bob", "charlie"])
def test_neither_is_in_the_lists_of_the_other(
    theirs: Post, bob: Person, charlie: Person, by: str, api_of: Callable[[Person | None], APIClient]
) -> None:
    reader = api_of(bob)
    before = lists(reader)
    assert all(before.values())
    pair = {"bob": (bob, charlie), "charlie": (charlie, bob)}[by]
    block(blocker_id=pair[0].pk, blocked_id=pair[1].pk)
    assert not any(lists(reader).values())
    assert charlie not in people_to_follow(bob.pk)
    assert complete_people("char", bob.pk) == []
    assert reader.get("/api/social/v1/people/?q=charlie").json()["results"] == []
    unblock(blocker_id=pair[0].pk, blocked_id=pair[1].pk)
    assert lists(reader) == before


def test_pages_leave_them_out_as_the_api_does(theirs: Post, ada: Person, bob: Person, charlie: Person) -> None:
    block(blocker_id=bob.pk, blocked_id=charlie.pk)
    adas = Post.objects.get(author=ada).id
    browser = logged_in(bob)
    for address in (
        *("/", "/@ada/", "/public/", "/tags/morning/", "/search/?q=wonderful", "/bookmarks/"),
        *(f"/posts/{adas}/likes/", f"/posts/{adas}/shares/", "/@ada/followers/", "/@ada/following/"),
        *(f"/posts/{adas}/", "/search/?q=answer"),
    ):
        page = browser.get(address)
        assert page.status_code == 200, address
        assert "@charlie" not in page.text.partition("<main")[2], address


PAGES_OF_A_POST = ["", "likes/", "shares/", "history/", "gallery/"]
API_OF_A_POST = ["", "likes/", "shares/", "comments/"]


@pytest.mark.parametrize("by", ["bob", "charlie"])
def test_neither_reads_what_the_other_wrote_at_its_address_either(
    theirs: Post, bob: Person, charlie: Person, by: str, api_of: Callable[[Person | None], APIClient]
) -> None:
    answer = comment(post_id=theirs.pk, author=charlie, body="And an afternoon")[0]
    pair = {"bob": (bob, charlie), "charlie": (charlie, bob)}[by]
    pages = [f"/posts/{post.pk}/{at}" for post in (theirs, answer) for at in PAGES_OF_A_POST]
    routes = [f"/api/social/v1/posts/{post.pk}/{at}" for post in (theirs, answer) for at in API_OF_A_POST]

    def statuses(person: Person | None) -> set[int]:
        browser = logged_in(person) if person else Client()
        answers = [browser.get(page) for page in pages] + [api_of(person).get(route) for route in routes]
        return {answer.status_code for answer in answers}

    assert statuses(bob) == {200}
    block(blocker_id=pair[0].pk, blocked_id=pair[1].pk)
    assert statuses(bob) == {404}
    assert api_of(bob).put(f"/api/social/v1/posts/{theirs.pk}/bookmark/").status_code == 404
    assert statuses(charlie) == statuses(None) == {200}


PAGES_OF_A_PERSON = ["", "replies/", "followers/", "following/"]
API_OF_A_PERSON = ["", "posts/", "replies/", "followers/", "following/"]


def seen_of_charlie(person: Person | None, api_of: Callable[[Person | None], APIClient]) -> list[int]:
    browser, api = logged_in(person) if person else Client(), api_of(person)
    pages = [browser.get(f"/@charlie/{at}").status_code for at in PAGES_OF_A_PERSON]
    return pages + [api.get(f"/api/social/v1/people/charlie/{at}").status_code for at in API_OF_A_PERSON]


def test_a_profile_is_not_there_for_whom_its_owner_blocks(
    theirs: Post, bob: Person, charlie: Person, api_of: Callable[[Person | None], APIClient]
) -> None:
    assert set(seen_of_charlie(bob, api_of)) == {200}
    block(blocker_id=charlie.pk, blocked_id=bob.pk)
    assert set(seen_of_charlie(bob, api_of)) == {404}
    assert set(seen_of_charlie(None, api_of)) == set(seen_of_charlie(charlie, api_of)) == {200}


def test_of_whom_one_blocks_there_is_a_name_and_the_way_to_unblock(
    theirs: Post, bob: Person, charlie: Person, api_of: Callable[[Person | None], APIClient]
) -> None:
    block(blocker_id=bob.pk, blocked_id=charlie.pk)
    assert seen_of_charlie(bob, api_of) == [200, 200, 404, 404, 200, 404, 404, 404, 404]
    page = logged_in(bob).get("/@charlie/").text
    assert ("You have blocked Charlie" in page, "Unblock" in page, "Wonderful" in page) == (True, True, False)
    assert api_of(bob).get("/api/social/v1/people/charlie/").json()["is_blocked"] is True


@pytest.mark.parametrize("by", ["bob", "charlie"])
def test_counts_of_a_profile_are_those_of_its_lists(
    theirs: Post, bob: Person, charlie: Person, by: str, api_of: Callable[[Person | None], APIClient]
) -> None:
    pair = {"bob": (bob, charlie), "charlie": (charlie, bob)}[by]
    block(blocker_id=pair[0].pk, blocked_id=pair[1].pk)

    def counts(person: Person | None) -> tuple[int, int]:
        found = api_of(person).get("/api/social/v1/people/ada/").json()
        return found["followers"], found["following"]

    assert counts(bob) == (1, 0)
    assert counts(None) == (2, 1)


@pytest.mark.parametrize("htmx", [True, False])
def test_a_refused_reply_shows_nothing_of_what_it_answers(
    theirs: Post, bob: Person, charlie: Person, htmx: bool
) -> None:
    block(blocker_id=charlie.pk, blocked_id=bob.pk)
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/posts/{theirs.pk}/"} if htmx else {}
    refused = logged_in(bob).post(f"/posts/{theirs.pk}/comments/", {"body": "My draft"}, headers=headers)
    assert (refused.status_code, "Wonderful" in refused.text) == (400, False)
    assert "one of you has blocked the other" in refused.text
    assert "My draft" in refused.text


def test_others_see_what_they_saw(theirs: Post, bob: Person, api_of: Callable[[Person | None], APIClient]) -> None:
    dora = new_person("dora")
    follow(follower_id=dora.pk, followee_id=theirs.author_id)
    block(blocker_id=bob.pk, blocked_id=theirs.author_id)
    for api in (api_of(dora), api_of(None)):
        assert theirs.id in [post["id"] for post in api.get("/api/social/v1/public/").json()["results"]]
