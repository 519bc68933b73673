"""A reply is a post: it is liked, shared, kept, found, edited, hidden and deleted as any other."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from reactions.operations import comment
from reactions.queries import summaries
from socialapp.feeds.profiles import profile_of
from socialapp.follows.operations import block
from socialapp.media.processing import prepare
from socialapp.posts.galleries import Attachment, pictures_of
from socialapp.posts.models import Post
from socialapp.posts.operations import (
    delete_post,
    edit_post,
    hide_post,
    publish_post,
    restore_post,
    unhide_post,
)
from socialapp.users.models import Person
from tests.people import logged_in
from tests.socialapp.media import samples
from tests.socialapp.media.test_preparing import sent

pytestmark = pytest.mark.django_db

ApiOf = Callable[[Person | None], APIClient]
Deliver = Callable[[], int]
V1 = "/api/social/v1/"


def reply(to: Post, author: Person, body: str = "Hm.") -> Post:
    return comment(post_id=to.pk, author=author, body=body)[0]


def numbers(post: Post, viewer: Person | None = None) -> tuple[int, int, int]:
    """Likes, shares and comments, as any page shows them."""
    found = summaries([post.pk], viewer.pk if viewer else None)[post.pk]
    return found["likes"], found["shares"], found["comments"]


@pytest.fixture
def answer(bob: Person, post: Post) -> Post:
    """Bob's reply to Ada's post."""
    return reply(post, bob, "Good #evening, rarely")


@pytest.mark.parametrize("verb", ["like", "share", "bookmark"])
def test_a_reply_is_liked_shared_and_kept_by_forms(charlie: Person, post: Post, answer: Post, verb: str) -> None:
    browser, place = logged_in(charlie), f"/posts/{post.pk}/"
    for form, undone in ((verb, f"un{verb}"), (f"un{verb}", verb)):
        assert browser.post(f"/posts/{answer.pk}/{form}/", {"next": place})["Location"] == place
        page = browser.get(place).text
        assert f"/posts/{answer.pk}/{undone}/" in page
        assert f"/posts/{post.pk}/{verb}/" in page  # nothing was done to the post


def test_a_reply_is_no_post_of_a_profile_and_counts_where_it_stands(ada: Person, bob: Person, post: Post) -> None:
    def counted() -> tuple[int, int, tuple[int, int, int]]:
        return profile_of(ada, None).posts, profile_of(bob, None).posts, numbers(post)

    made = reply(post, bob)
    own = reply(made, ada)
    assert counted() == (1, 0, (0, 0, 1))
    assert numbers(made) == (0, 0, 1)
    delete_post(post_id=own.pk, by=ada)
    assert (counted(), numbers(made)) == ((1, 0, (0, 0, 1)), (0, 0, 0))
    hide_post(post_id=made.pk, reason="Rude")
    assert counted() == (1, 0, (0, 0, 0))
    restore_post(post_id=own.pk, by=ada)  # below what is hidden
    unhide_post(post_id=made.pk)
    assert (counted(), numbers(made)) == ((1, 0, (0, 0, 1)), (0, 0, 1))


def test_a_picture_in_a_reply_is_shown_and_goes_with_it(bob: Person, post: Post, api_of: ApiOf) -> None:
    body = {"body": "", "pictures": [{"id": sent(bob, samples.photo()).pk, "description": "A bridge"}]}
    made = api_of(bob).post(f"{V1}posts/{post.pk}/comments/", body, format="json")
    assert made.status_code == 201
    prepare()
    found = Post.objects.get(pk=made.json()["id"])
    assert (found.reply_to_id, found.body) == (post.pk, "")
    assert [each.description for each in pictures_of(found.pk)] == ["A bridge"]
    assert "A bridge" in Client().get(f"/posts/{post.pk}/").text
    # One that is nothing but a picture cannot lose it.
    assert api_of(bob).patch(f"{V1}posts/{found.pk}/", {"pictures": []}, format="json").status_code == 400
    delete_post(post_id=found.pk, by=bob)
    assert "A bridge" not in Client().get(f"/posts/{post.pk}/").text
    restore_post(post_id=found.pk, by=bob)
    assert "A bridge" in Client().get(f"/posts/{post.pk}/").text


def test_pictures_of_a_reply_that_is_refused_stay_for_the_next(ada: Person, bob: Person, post: Post) -> None:
    picture = Attachment(sent(bob, samples.photo()).pk, "A bridge")
    delete_post(post_id=post.pk, by=ada)
    with pytest.raises(Post.DoesNotExist):
        comment(post_id=post.pk, author=bob, body="Look", pictures=[picture])
    restore_post(post_id=post.pk, by=ada)
    made = comment(post_id=post.pk, author=bob, body="Look", pictures=[picture])[0]
    assert [each.picture_id for each in pictures_of(made.pk)] == [picture.picture_id]


def test_tags_and_words_of_a_reply_lead_to_it(answer: Post, bob: Person, api_of: ApiOf) -> None:
    assert f"/posts/{answer.pk}/" in Client().get("/tags/evening/").text
    assert f"/posts/{answer.pk}/" in Client().get("/search/?q=rarely").text
    for route in ("tags/evening/", "search/posts/?q=rarely", "search/posts/?q=from:bob"):
        (found,) = api_of(None).get(V1 + route).json()["results"]
        assert (found["id"], found["reply_to"]) == (answer.pk, answer.reply_to_id)
    edit_post(post_id=answer.pk, by=bob, body="Good #morning")
    assert f"/posts/{answer.pk}/" not in Client().get("/tags/evening/").text
    assert f"/posts/{answer.pk}/" in Client().get("/tags/morning/").text


def test_what_a_reply_said_before_is_in_its_history_until_its_author_removes_it(
    ada: Person, bob: Person, answer: Post
) -> None:
    edit_post(post_id=answer.pk, by=bob, body="Well")
    history = f"/posts/{answer.pk}/history/"
    assert "rarely" in Client().get(history).text
    (version,) = answer.versions.all()
    assert logged_in(ada).post(f"{history}{version.pk}/remove/").status_code == 403
    assert logged_in(bob).post(f"{history}{version.pk}/remove/").status_code == 302
    assert "rarely" not in Client().get(history).text


def test_a_page_edits_deletes_and_undoes_a_reply(ada: Person, bob: Person, post: Post, answer: Post) -> None:
    at, page = f"/posts/{answer.pk}/", f"/posts/{post.pk}/"
    browser = logged_in(bob)
    assert browser.post(f"{at}edit/", {"body": "Well"}).status_code == 302
    assert [logged_in(ada).post(f"{at}{verb}/", {"body": "Mine"}).status_code for verb in ("edit", "delete")] == [
        403
    ] * 2
    assert "Well" in Client().get(page).text
    assert browser.post(f"{at}delete/", {"next": page})["Location"] == page
    assert f"{at}restore/" in browser.get(page).text
    assert (Client().get(at).status_code, numbers(post)) == (404, (0, 0, 0))
    assert logged_in(ada).post(f"{at}restore/").status_code == 403
    assert browser.post(f"{at}restore/")["Location"] == at
    assert ("Well" in Client().get(page).text, numbers(post)) == (True, (0, 0, 1))


def test_programs_edit_and_delete_a_reply(ada: Person, bob: Person, answer: Post, api_of: ApiOf) -> None:
    route = f"{V1}posts/{answer.pk}/"
    assert api_of(ada).patch(route, {"body": "Mine"}).status_code == 403
    assert api_of(bob).patch(route, {"body": "Well"}).json()["body"] == "Well"
    assert [api_of(who).delete(route).status_code for who in (ada, bob, bob)] == [403, 204, 404]
    assert api_of(None).get(route).status_code == 404


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_a_reply_is_one_statement_however_deep_it_stands(
    bob: Person, charlie: Person, post: Post, depth: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    to = post
    for _ in range(depth):
        to = reply(to, charlie)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        reply(to, bob, "#fog!")
    # One more asks whether these may be mentioned.
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        reply(to, bob, "#fog, @ada and @charlie!")


def test_what_was_published_is_no_reply(ada: Person, post: Post, answer: Post) -> None:
    other = publish_post(author=ada, body="Another")[0]
    assert (other.reply_to_id, other.thread, other.reply_to_author) == (None, None, None)
    assert (answer.reply_to_id, answer.thread, answer.reply_to_author) == (post.pk, post.pk, ada.pk)


@pytest.mark.parametrize(("blocker", "name"), [("ada", "Ada"), ("bob", "Bob")])
def test_a_refused_reply_names_the_one_who_blocks(
    charlie: Person, post: Post, answer: Post, blocker: str, name: str
) -> None:
    block(blocker_id=Person.objects.get(username=blocker).pk, blocked_id=charlie.pk)
    refused = logged_in(charlie).post(f"/posts/{answer.pk}/comments/", {"body": "And I?"})
    assert refused.status_code == 400
    assert f"You cannot react to what {name} writes, because one of you has blocked the other." in refused.text
    assert "And I?" in refused.text
    logged_in(charlie).post(f"/posts/{answer.pk}/like/")
    assert numbers(answer) == ((0, 0, 0) if blocker == "bob" else (1, 0, 0))
