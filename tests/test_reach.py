"""Who may reply to somebody and mention them: as they chose, and who may not is told so."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from reactions.operations import comment
from socialapp.follows.operations import follow
from socialapp.follows.reach import NotReachable
from socialapp.posts.models import Mention, Post
from socialapp.posts.operations import edit_post, publish_post
from socialapp.users.models import Person
from socialapp.users.operations import choose_reachable
from socialapp.visibility import Reachable
from tests.people import logged_in

pytestmark = pytest.mark.django_db


def reply(post: Post, author: Person, body: str = "Hm.") -> Post:
    return comment(post_id=post.pk, author=author, body=body)[0]


@pytest.fixture(params=[Reachable.FOLLOWING, Reachable.NO_ONE])
def closed(request: pytest.FixtureRequest, ada: Person, post: Post) -> Post:
    """A post by Ada, whom Bob may neither reply to nor mention."""
    choose_reachable(person=ada, by=request.param)
    return post


def test_who_may_not_cannot_reply_or_mention(closed: Post, ada: Person, bob: Person) -> None:
    with pytest.raises(NotReachable):
        reply(closed, bob)
    with pytest.raises(NotReachable):
        publish_post(author=bob, body="Hello @ada")
    own, _ = publish_post(author=bob, body="Hello")
    with pytest.raises(NotReachable):
        reply(own, bob, "And @ada")
    with pytest.raises(NotReachable):
        edit_post(post_id=own.pk, by=bob, body="Hello @ada")
    assert (Post.objects.count(), Mention.objects.count()) == (2, 0)


def test_nor_reply_to_others_in_a_conversation_that_they_began(
    closed: Post, ada: Person, bob: Person, charlie: Person
) -> None:
    Person.objects.filter(pk=ada.pk).update(reachable_by=Reachable.EVERYONE)
    other = reply(closed, charlie)
    Person.objects.filter(pk=ada.pk).update(reachable_by=Reachable.NO_ONE)
    with pytest.raises(NotReachable):
        reply(other, bob)


def test_one_replies_to_oneself_and_mentions_oneself(closed: Post, ada: Person) -> None:
    assert reply(closed, ada, "And @ada").pk


def test_whom_they_follow_may(ada: Person, bob: Person, post: Post) -> None:
    choose_reachable(person=ada, by=Reachable.FOLLOWING)
    follow(follower_id=ada.pk, followee_id=bob.pk)
    assert reply(post, bob, "Hello @ada").pk
    choose_reachable(person=ada, by=Reachable.NO_ONE)
    with pytest.raises(NotReachable):
        reply(post, bob)


def test_what_was_sent_before_is_answered_as_before_and_stays_as_it_is(ada: Person, bob: Person, post: Post) -> None:
    first, _ = comment(post_id=post.pk, author=bob, body="Hm.", key="1")
    named, _ = publish_post(author=bob, body="Hello @ada", key="2")
    choose_reachable(person=ada, by=Reachable.NO_ONE)
    assert comment(post_id=post.pk, author=bob, body="Hm.", key="1") == (first, False)
    assert publish_post(author=bob, body="Hello @ada", key="2") == (named, False)
    assert edit_post(post_id=named.pk, by=bob, body="Hello again, @ada").body == "Hello again, @ada"


def test_the_composer_says_so(closed: Post, ada: Person, bob: Person) -> None:
    page = logged_in(bob).get(f"/posts/{closed.pk}/").text
    assert "reply to them or mention them" in page
    assert f'action="/posts/{closed.pk}/comments/"' not in page
    assert f'action="/posts/{closed.pk}/comments/"' in logged_in(ada).get(f"/posts/{closed.pk}/").text
    refused = logged_in(bob).post(f"/posts/{closed.pk}/comments/", {"body": "My draft"})
    assert (refused.status_code, "My draft" in refused.text) == (400, True)


def test_who_completes_a_name_reads_it(closed: Post, ada: Person, bob: Person) -> None:
    assert "cannot be mentioned by you" in logged_in(bob).get("/search/complete/?q=@ad").text
    assert "cannot be mentioned by you" not in logged_in(ada).get("/search/complete/?q=@ad").text


def test_the_api_says_so(closed: Post, ada: Person, bob: Person, api_of: Callable[[Person], APIClient]) -> None:
    api = api_of(bob)
    for route in ("posts/", f"posts/{closed.pk}/comments/"):
        refused = api.post(f"/api/social/v1/{route}", {"body": "Hello @ada"}, format="json")
        assert refused.status_code == 400
        assert [error["field"] for error in refused.json()["errors"]] == ["body"]
        assert refused.json()["errors"][0]["detail"].startswith("Ada lets ")
    assert api.get("/api/social/v1/people/ada/").json()["reachable_by"] == ada.reachable_by


def test_it_is_chosen_on_the_page_and_in_the_api(ada: Person, api_of: Callable[[Person], APIClient]) -> None:
    assert logged_in(ada).post("/settings/followers/reach/", {"reachable_by": "following"}).status_code == 302
    me = api_of(ada).get("/api/social/v1/me/").json()
    assert me["reachable_by"] == "following"
    changed = api_of(ada).patch("/api/social/v1/me/", {"reachable_by": "no_one"}, format="json").json()
    assert changed["reachable_by"] == "no_one"
    assert api_of(ada).patch("/api/social/v1/me/", {"reachable_by": "x"}, format="json").status_code == 400
