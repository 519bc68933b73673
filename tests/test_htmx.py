"""The pages as htmx meets them: parts, what is said beside them, what they cost, and failures that can be used."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertInHTML

from notifications.inbox.unread_counts import unread_count
from notifications.preferences.bells import bells_among
from reactions import operations as reactions
from reactions.models import Like
from reactions.queries import summaries
from socialapp.follows.operations import block, follow
from socialapp.follows.queries import followed_among
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, hide_post, publish_post, restore_post
from socialapp.users.models import Person
from tests.elements import elements

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
        assertInHTML(f'<span data-count="{verb}s">1</span>', answer.text)
        # Whose post it is about is part of its name.
        assert f'aria-labelledby="{verb}-{post.pk} post-{post.pk}-by"' in answer.text
        assert f'formaction="/posts/{post.pk}/{back}/"' in answer.text
        assert f'value="/public/#post-{post.pk}"' in answer.text
        assert f"summary-{post.pk}" not in answer.text
    answer = as_bob.post(f"/posts/{post.pk}/{back}/")
    assert 'aria-pressed="false"' in answer.text
    assertInHTML(f'<span data-count="{verb}s" class="none">0</span>', answer.text)
    alone = as_bob.post(f"/posts/{post.pk}/{verb}/", headers={"HX-Current-URL": f"http://testserver/posts/{post.pk}/"})
    assert elements(alone.text, "p", id=f"summary-{post.pk}", hx_swap_oob="true")


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
    assert "You muted Ada." in answer.text
    undo = answer.text.split('hx-post="')[1].split('"')[0]
    assert "You get notifications of it again." in as_bob.post(undo).text


def page_of(post: Post) -> dict[str, str]:
    """As htmx asks from the page of a post."""
    return {"HX-Current-URL": f"http://testserver/posts/{post.pk}/"}


def reply_to(post: Post, author: Person, body: str = "Hm.") -> Post:
    """A new one."""
    return reactions.comment(post_id=post.pk, author=author, body=body)[0]


def test_a_comment_answers_with_its_branch(as_bob: Client, post: Post) -> None:
    answer = as_bob.post(f"/posts/{post.pk}/comments/", {"body": "First!", "key": "k1"}, headers=page_of(post))
    assert is_part(answer)
    made = Post.objects.get(reply_to=post)
    assert f'id="branch-{made.pk}"' in answer.text
    assert "Your comment is there." in answer.text
    assert f'data-sent="comment-on-{post.pk}"' in answer.text
    arrived = {"arrived": {"id": f"branch-{made.pk}", "post": post.pk, "comments": 1}}
    assert json.loads(answer["HX-Trigger-After-Settle"]) == arrived
    form = answer.text.split("<template>")[1].split("<li")[0]
    assert 'hx-swap-oob="true"' in form
    assert 'value="k1"' not in form
    again = as_bob.post(f"/posts/{post.pk}/comments/", {"body": "First!", "key": "k1"}, headers=page_of(post))
    assert "You had sent this already." in again.text
    assert json.loads(again["HX-Trigger-After-Settle"]) == arrived


def test_a_reply_to_a_comment_is_written_in_place(as_bob: Client, ada: Person, post: Post) -> None:
    made = reply_to(post, ada)
    form = as_bob.get(f"/posts/{made.pk}/comments/", headers=page_of(post))
    assert is_part(form)
    assert f'hx-target="#replies-of-{made.pk}"' in form.text
    assert "data-reply-close" in form.text
    assert "autofocus" in form.text
    answer = as_bob.post(f"/posts/{made.pk}/comments/", {"body": "Second."}, headers=page_of(post))
    assert f'id="branch-{Post.objects.get(reply_to=made).pk}"' in answer.text
    assert f'<form id="reply-to-{made.pk}" hx-swap-oob="delete"></form>' in answer.text
    # On its own page the form stays where it is, and is no longer autofocused.
    alone = as_bob.post(f"/posts/{made.pk}/comments/", {"body": "Third."}, headers=page_of(made))
    assert "delete" not in alone.text.split("<template>")[1].split("</template>")[0]
    assert "data-reply-close" not in alone.text


def test_a_refused_comment_comes_back_in_the_place_of_the_form(as_bob: Client, ada: Person, post: Post) -> None:
    answer = as_bob.post(f"/posts/{post.pk}/comments/", {"body": "x" * 5_001}, headers=page_of(post))
    assert answer.status_code == 400
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == (f"#reply-to-{post.pk}", "outerHTML")
    assert "x" * 5_001 in answer.text
    assert 'class="errors"' in answer.text
    made = reply_to(post, ada)
    answer = as_bob.post(f"/posts/{made.pk}/comments/", {"body": " "}, headers=page_of(post))
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == (f"#reply-to-{made.pk}", "outerHTML")
    assert "data-reply-close" in answer.text


def test_a_comment_beyond_the_first_page_is_gone_to(as_bob: Client, bob: Person, post: Post) -> None:
    browser = Client()
    browser.force_login(bob, LOGIN)
    for number in range(20):
        reply_to(post, bob, f"No. {number}")
    answer = browser.post(f"/posts/{post.pk}/comments/", {"body": "The last"})
    assert answer["Location"] == f"/posts/{Post.objects.get(body='The last').pk}/"
    assert "The last" in Client().get(answer["Location"]).text
    # Scripts put it on the page that one is on.
    answer = as_bob.post(f"/posts/{post.pk}/comments/", {"body": "The very last"}, headers=page_of(post))
    assert "HX-Redirect" not in answer
    assert "The very last" in answer.text


def test_replies_after_one_are_those_that_a_page_does_not_show_yet(
    as_bob: Client, ada: Person, bob: Person, post: Post
) -> None:
    first, second, third = (reply_to(post, ada, f"No. {number}") for number in range(3))
    below = reply_to(third, bob)
    answer = as_bob.get(f"/posts/{post.pk}/comments/?after={first.pk}", headers=page_of(post))
    assert is_part(answer)
    assert re.findall(r'<li class="branch" id="branch-(\d+)"', answer.text) == [
        str(one.pk) for one in (second, third, below)
    ]
    assert answer.text.count('class="post-beginner"') == 2
    assert "hx-get" in answer.text
    for rubbish in ("", "-1", "1.5", "x", "9" * 19):
        assert as_bob.get(f"/posts/{post.pk}/comments/?after={rubbish}").status_code == 400
    block(blocker_id=bob.pk, blocked_id=ada.pk)
    assert "No. 2" not in as_bob.get(f"/posts/{post.pk}/comments/?after={first.pk}").text
    assert Htmx().get(f"/posts/{post.pk}/comments/?after={first.pk}").status_code == 401


def test_a_comment_is_edited_as_a_post_is(as_bob: Client, as_ada: Client, bob: Person, post: Post) -> None:
    found = reply_to(post, bob)
    assert "Hm." in as_bob.get(f"/posts/{found.pk}/edit/").text
    assert as_bob.post(f"/posts/{found.pk}/edit/", {"body": " "}).status_code == 400
    assert as_bob.post(f"/posts/{found.pk}/edit/", {"body": "Hm, yes."})["HX-Redirect"] == f"/posts/{found.pk}/"
    assert "Hm, yes." in as_ada.get(f"/posts/{post.pk}/").text
    assert "You can only change your own posts." in as_ada.post(f"/posts/{found.pk}/edit/", {"body": "Mine."}).text


def test_a_comment_is_deleted_and_brought_back(
    as_bob: Client, as_ada: Client, bob: Person, ada: Person, post: Post, deliver: Callable[[], int]
) -> None:
    found = reply_to(post, bob)
    deliver()
    assert unread_count(ada.pk) == 1
    answer = as_bob.post(f"/posts/{found.pk}/delete/")
    assert json.loads(answer["HX-Trigger"]) == {
        "gone": {"id": f"post-{found.pk}"},
        "counts": {"posts": {str(post.pk): {"likes": 0, "shares": 0, "comments": 0}}},
    }
    assert f'hx-post="/posts/{found.pk}/restore/"' in answer.text
    deliver()
    assert unread_count(ada.pk) == 0
    assert as_ada.post(f"/posts/{found.pk}/restore/").status_code == 403
    for _ in range(2):
        answer = as_bob.post(f"/posts/{found.pk}/restore/")
        assert json.loads(answer["HX-Trigger"]) == {
            "restored": {"id": f"post-{found.pk}"},
            "counts": {"posts": {str(post.pk): {"likes": 0, "shares": 0, "comments": 1}}},
        }
    deliver()
    assert summaries([post.pk], None)[post.pk]["comments"] == 1
    assert "Bob</strong> commented" in as_ada.get("/inbox/").text


def test_a_hidden_comment_that_is_deleted_and_restored_stays_hidden(bob: Person, post: Post) -> None:
    found = reply_to(post, bob)
    delete_post(post_id=found.pk, by=bob)
    hide_post(post_id=found.pk, reason="rude")
    with pytest.raises(Post.DoesNotExist):
        restore_post(post_id=found.pk, by=bob)
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
    badges = [each for each in elements(answer.text, "span") if "data-badge" in each.attributes]
    assert [(each.attributes["data-words"], "hidden" in each.attributes) for each in badges] == [(" (# unread)", True)]
    assert badges[0].attributes["hx-swap-oob"] == "true"
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
        (f"/posts/{post.pk}/delete/", 403, "You can only change your own posts."),
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
    ("POST", "/posts/{post}/unshare/", 6),
    ("POST", "/posts/{post}/comments/", 11),
    ("POST", "/@ada/follow/", 4),
    ("POST", "/@ada/bell/", 4),
    ("POST", "/inbox/read/", 5),
    ("GET", "/public/", 8),
    ("GET", "/", 11),
    ("GET", "/inbox/", 9),
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
    as_bob.get("/robots.txt")  # the log-in is noted, once in five minutes
    with django_assert_num_queries(queries):
        answer = as_bob.generic(
            method, address.format(post=post.pk), "body=Yes.", content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
