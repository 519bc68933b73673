"""The pages as htmx meets them: parts, what is said beside them, what they cost, and failures that can be used."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from notifications.fan_out import bells_among
from notifications.unread import unread_count
from reactions import operations as reactions
from reactions.models import Comment, Like
from reactions.queries import summaries
from socialapp.follows.operations import follow
from socialapp.follows.queries import followed_among
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person

LOGIN = "allauth.account.auth_backends.AuthenticationBackend"


class Htmx(Client):
    """A browser whose page asks by htmx, in which somebody is logged in."""

    def __init__(self, person: Person | None = None, page: str = "http://testserver/public/") -> None:
        super().__init__(headers={"HX-Request": "true", "HX-Current-URL": page})
        if person:
            self.force_login(person, LOGIN)


@pytest.fixture
def as_bob(bob: Person) -> Client:
    """Bob's."""
    return Htmx(bob)


@pytest.fixture
def as_ada(ada: Person) -> Client:
    """Ada's."""
    return Htmx(ada)


def is_part(answer: Any) -> bool:
    """A part of a page, which no cache may keep, nor take for the page."""
    return (
        answer.status_code == 200
        and "<html" not in answer.text
        and "no-store" in answer["Cache-Control"]
        and "HX-Request" in answer["Vary"]
    )


@pytest.mark.parametrize(("verb", "back"), [("like", "unlike"), ("share", "unshare")])
def test_a_reaction_answers_with_its_button(as_bob: Client, post: Post, verb: str, back: str) -> None:
    for _ in range(2):
        answer = as_bob.post(f"/posts/{post.pk}/{verb}/")
        assert is_part(answer)
        assert f'id="{verb}-{post.pk}"' in answer.text
        assert 'aria-pressed="true"' in answer.text
        assert f'<span data-count="{verb}s">1</span>' in answer.text
        assert f'formaction="/posts/{post.pk}/{back}/"' in answer.text
        assert f'value="/public/#post-{post.pk}"' in answer.text
        assert f"facts-{post.pk}" not in answer.text
    answer = as_bob.post(f"/posts/{post.pk}/{back}/")
    assert 'aria-pressed="false"' in answer.text
    assert f'<span data-count="{verb}s">0</span>' in answer.text
    alone = as_bob.post(f"/posts/{post.pk}/{verb}/", headers={"HX-Current-URL": f"http://testserver/posts/{post.pk}/"})
    assert f'id="facts-{post.pk}" hx-swap-oob="true"' in alone.text


def test_the_same_address_answers_a_browser_with_a_page(bob: Person, post: Post) -> None:
    browser = Client()
    browser.force_login(bob, LOGIN)
    assert browser.post(f"/posts/{post.pk}/like/").status_code == 302
    page = browser.get(f"/posts/{post.pk}/")
    assert "<html" in page.text
    assert "HX-Request" in page["Vary"]
    assert page["Cache-Control"] == "private"


def test_follow_and_ring(as_bob: Client, bob: Person, ada: Person) -> None:
    assert "Follow Ada first." in as_bob.post("/@ada/bell/").text
    answer = as_bob.post("/@ada/follow/")
    assert is_part(answer)
    assert 'data-on="yes"' in answer.text
    assert followed_among(bob.pk, [ada.pk])
    assert 'aria-pressed="true"' in as_bob.post("/@ada/bell/").text
    assert bells_among(bob.pk, [ada.pk])
    assert 'aria-pressed="false"' in as_bob.post("/@ada/bell/off/").text
    assert 'data-on="no"' in as_bob.post("/@ada/unfollow/").text
    assert not followed_among(bob.pk, [ada.pk])


def test_muting_says_so_with_a_way_back(as_bob: Client, ada: Person) -> None:
    answer = as_bob.post("/@ada/mute/", {"for": "always"})
    assert 'hx-swap-oob="beforeend:#flashes"' in answer.text
    assert "You hear nothing of Ada any more." in answer.text
    undo = answer.text.split('hx-post="')[1].split('"')[0]
    assert "You hear of it again." in as_bob.post(undo).text


def test_a_comment_answers_with_the_thread(as_bob: Client, post: Post) -> None:
    answer = as_bob.post(f"/posts/{post.pk}/comments/", {"body": "First!", "key": "k1"})
    assert is_part(answer)
    made = Comment.objects.get()
    assert f'id="comment-{made.pk}"' in answer.text
    assert "1 comment<" in answer.text
    assert "Your comment is there." in answer.text
    assert f'data-sent="comment-on-{post.pk}"' in answer.text
    assert json.loads(answer["HX-Trigger-After-Swap"]) == {"arrived": {"id": f"comment-{made.pk}"}}
    again = as_bob.post(f"/posts/{post.pk}/comments/", {"body": "First!", "key": "k1"})
    assert "You had sent this already." in again.text
    reply = as_bob.post(f"/posts/{post.pk}/comments/", {"body": "Second.", "reply_to": made.pk})
    assert "comment-reply" in reply.text
    assert "Replying to" not in reply.text


def test_a_refused_comment_comes_back_in_the_place_of_the_form(as_bob: Client, post: Post) -> None:
    answer = as_bob.post(f"/posts/{post.pk}/comments/", {"body": "x" * 5_001})
    assert answer.status_code == 400
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#reply", "outerHTML")
    assert "x" * 5_001 in answer.text
    assert 'class="errors"' in answer.text


def test_a_comment_beyond_the_first_page_is_gone_to(as_bob: Client, bob: Person, post: Post) -> None:
    for number in range(50):
        reactions.comment(post_id=post.pk, author=bob, body=f"No. {number}")
    answer = as_bob.post(f"/posts/{post.pk}/comments/", {"body": "The last"})
    assert answer["HX-Redirect"].startswith(f"/posts/{post.pk}/?page=")
    assert "The last" in Client().get(answer["HX-Redirect"].split("#")[0]).text


def test_a_comment_is_edited_in_its_place(as_bob: Client, as_ada: Client, bob: Person, post: Post) -> None:
    found, _ = reactions.comment(post_id=post.pk, author=bob, body="Hm.")
    form = as_bob.get(f"/comments/{found.pk}/edit/")
    assert is_part(form)
    assert f'hx-target="#comment-{found.pk}"' in form.text
    refused = as_bob.post(f"/comments/{found.pk}/edit/", {"body": " "})
    assert refused["HX-Retarget"] == f"#edit-{found.pk}"
    assert "Hm, yes." in as_bob.post(f"/comments/{found.pk}/edit/", {"body": "Hm, yes."}).text
    assert "Hm, yes." in as_ada.get(f"/comments/{found.pk}/").text
    assert "This comment is not yours." in as_ada.post(f"/comments/{found.pk}/edit/", {"body": "Mine."}).text


def test_a_comment_is_deleted_and_brought_back(
    as_bob: Client, as_ada: Client, bob: Person, ada: Person, post: Post, deliver: Callable[[], int]
) -> None:
    found, _ = reactions.comment(post_id=post.pk, author=bob, body="Hm.")
    deliver()
    assert unread_count(ada.pk) == 1
    answer = as_bob.post(f"/comments/{found.pk}/delete/")
    assert json.loads(answer["HX-Trigger"]) == {"gone": {"id": f"comment-{found.pk}"}}
    assert '<h2 id="comments-head" hx-swap-oob="true">Comments</h2>' in answer.text
    assert f'hx-post="/comments/{found.pk}/restore/"' in answer.text
    deliver()
    assert unread_count(ada.pk) == 0
    assert as_ada.post(f"/comments/{found.pk}/restore/").status_code == 403
    for _ in range(2):
        answer = as_bob.post(f"/comments/{found.pk}/restore/")
        assert json.loads(answer["HX-Trigger"]) == {"restored": {"id": f"comment-{found.pk}"}}
    deliver()
    assert summaries([post.pk], None)[post.pk]["comments"] == 1
    assert "Bob</strong> commented" in as_ada.get("/inbox/").text


def test_a_hidden_comment_that_is_deleted_and_restored_stays_hidden(bob: Person, post: Post) -> None:
    found, _ = reactions.comment(post_id=post.pk, author=bob, body="Hm.")
    reactions.delete_comment(comment_id=found.pk, by=bob)
    reactions.hide_comment(comment_id=found.pk, reason="rude")
    with pytest.raises(Comment.DoesNotExist):
        reactions.restore_comment(comment_id=found.pk, by=bob)
    assert summaries([post.pk], None)[post.pk]["comments"] == 0


def test_a_post_is_deleted_and_brought_back(as_ada: Client, post: Post) -> None:
    answer = as_ada.post(f"/posts/{post.pk}/delete/")
    assert json.loads(answer["HX-Trigger"]) == {"gone": {"id": f"post-{post.pk}"}}
    assert f'hx-post="/posts/{post.pk}/restore/"' in answer.text
    answer = as_ada.post(f"/posts/{post.pk}/restore/")
    assert json.loads(answer["HX-Trigger"]) == {"restored": {"id": f"post-{post.pk}"}}
    assert Post.objects.get().deleted_at is None


def test_entries_are_marked_with_the_badge_beside_them(
    as_ada: Client, bob: Person, ada: Person, post: Post, deliver: Callable[[], int]
) -> None:
    reactions.like(post_id=post.pk, person_id=bob.pk)
    follow(follower_id=bob.pk, followee_id=ada.pk)
    deliver()
    entry = as_ada.get("/inbox/").text.split('data-entry="')[1].split('"')[0]
    answer = as_ada.post(f"/inbox/{entry}/read/")
    assert is_part(answer)
    assert f'id="entry-{entry}"' in answer.text
    assert "entry-unread" not in answer.text.replace('data-flips="entry-unread"', "")
    assert "(1 unread)" in answer.text
    assert 'class="entry entry-unread"' in as_ada.post(f"/inbox/{entry}/unread/").text
    answer = as_ada.post("/inbox/read/")
    assert json.loads(answer["HX-Trigger"]) == {"all-read": {}}
    assert 'hx-post="/inbox/read/undo/"' in answer.text
    assert 'data-badge data-words=" (# unread)" hx-swap-oob="true" hidden' in answer.text
    answer = as_ada.post("/inbox/read/undo/")
    assert "(2 unread)" in answer.text
    assert "There is nothing to undo any more." in as_ada.post("/inbox/read/undo/").text


def test_mark_all_is_undone_without_scripts_too(
    ada: Person, bob: Person, post: Post, deliver: Callable[[], int]
) -> None:
    reactions.like(post_id=post.pk, person_id=bob.pk)
    deliver()
    browser = Client()
    browser.force_login(ada, LOGIN)
    page = browser.post("/inbox/read/", follow=True)
    assert 'formaction="/inbox/read/undo/"' in page.text
    assert "(1 unread)" in browser.post("/inbox/read/undo/", follow=True).text


def test_more_of_a_list_is_the_part_with_the_list(as_bob: Client, ada: Person) -> None:
    for number in range(21):
        publish_post(author=ada, body=f"No. {number}")
    first = as_bob.get("/public/")
    assert is_part(first)
    assert "<header" not in first.text
    address = first.text.split('hx-get="')[1].split('"')[0]
    more = as_bob.get(f"/public/{address}")
    assert more.text.count("<article") == 1
    assert '<span class="pager-next" id="older"></span>' in more.text


# --- who is somebody else by now, and what cannot be done ---


def test_who_is_logged_out_is_shown_the_way_in_and_back(post: Post) -> None:
    answer = Htmx().post(f"/posts/{post.pk}/like/")
    assert answer.status_code == 401
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#flashes", "beforeend")
    assert 'href="/accounts/login/?next=/public/"' in answer.text
    assert "<form" not in answer.text


def test_a_page_made_for_somebody_else_does_nothing(bob: Person, ada: Person, post: Post) -> None:
    answer = Htmx(bob).post(f"/posts/{post.pk}/like/", headers={"X-Person": str(ada.pk)})
    assert answer.status_code == 401
    assert "you logged in as Bob" in answer.text
    assert not Like.objects.exists()
    assert Htmx(bob).post(f"/posts/{post.pk}/like/", headers={"X-Person": str(bob.pk)}).status_code == 200


def test_what_is_gone_or_forbidden_is_a_message(as_bob: Client, post: Post) -> None:
    for address, status, words in [
        ("/posts/999/like/", 404, "There is nothing here"),
        (f"/posts/{post.pk}/delete/", 403, "This post is not yours."),
        ("/@bob/follow/", 400, "You cannot follow yourself."),
    ]:
        answer = as_bob.post(address)
        assert answer.status_code == status
        assert answer["HX-Retarget"] == "#flashes"
        assert words in answer.text
        assert "<html" not in answer.text


def test_a_form_that_has_grown_old_is_a_message(bob: Person, post: Post) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"HX-Request": "true"})
    browser.force_login(bob, LOGIN)
    answer = browser.post(f"/posts/{post.pk}/like/")
    assert (answer.status_code, answer["HX-Retarget"]) == (403, "#flashes")
    assert "This form has grown old" in answer.text


def test_what_nobody_foresaw_says_nothing_of_itself(
    as_bob: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reactions.web.summaries", lambda *_: 1 / 0)
    as_bob.raise_request_exception = False
    answer = as_bob.post(f"/posts/{post.pk}/like/")
    assert answer.status_code == 500
    assert "HX-Retarget" not in answer


# --- costs ---

# Two of each are the session and the person.
COSTS = [
    ("POST", "/posts/{post}/like/", 5),
    ("POST", "/posts/{post}/unshare/", 5),
    ("POST", "/posts/{post}/comments/", 7),
    ("POST", "/@ada/follow/", 4),
    ("POST", "/@ada/bell/", 4),
    ("POST", "/inbox/read/", 5),
    ("GET", "/public/", 7),
    ("GET", "/", 10),
    ("GET", "/inbox/", 7),
]


@pytest.mark.parametrize(("method", "address", "queries"), COSTS)
def test_what_a_part_costs(
    as_bob: Client,
    bob: Person,
    ada: Person,
    post: Post,
    django_assert_num_queries: Any,
    method: str,
    address: str,
    queries: int,
) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    with django_assert_num_queries(queries):
        answer = as_bob.generic(
            method, address.format(post=post.pk), "body=Yes.", content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
