"""Bob, whom Ada has blocked, tries to reach her: each act is refused, or she is not notified of it."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from notifications.models import Bell, GroupMember, NotificationGroup
from reactions import operations as reactions
from reactions.models import Like, Share
from socialapp.follows.models import Follow
from socialapp.follows.operations import block
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from tests.people import logged_in

REFUSED = [
    ("put", "posts/{post}/like/", {}),
    ("put", "posts/{post}/share/", {}),
    ("post", "posts/{post}/comments/", {"body": "Hm."}),
    ("post", "posts/{comment}/comments/", {"body": "Hm."}),
    ("post", "posts/{between}/comments/", {"body": "Hm."}),
    ("put", "posts/{comment}/like/", {}),
    ("put", "posts/{comment}/share/", {}),
    ("put", "people/ada/follow/", {}),
    ("put", "people/ada/bell/", {}),
]
PAGES = [
    ("/posts/{post}/like/", {}),
    ("/posts/{post}/share/", {}),
    ("/posts/{post}/comments/", {"body": "Hm."}),
    ("/posts/{comment}/comments/", {"body": "Hm."}),
    ("/posts/{between}/comments/", {"body": "Hm."}),
    ("/posts/{comment}/like/", {}),
    ("/posts/{comment}/share/", {}),
    ("/@ada/follow/", {}),
    ("/@ada/bell/", {}),
]


@pytest.fixture
def ids(ada: Person, bob: Person, charlie: Person, post: Post) -> dict[str, int]:
    """Of Ada's post, of Charlie's comment on it and of her reply to that, after she blocked Bob."""
    between = reactions.comment(post_id=post.pk, author=charlie, body="Is there more?")[0]
    comment = reactions.comment(post_id=between.pk, author=ada, body="More of it.")[0]
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    consume()
    return {"post": post.pk, "between": between.pk, "comment": comment.pk}


def traces_of(bob: Person) -> list[int]:
    """What there is of what he did to her."""
    return [
        Like.objects.filter(person=bob).count(),
        Share.objects.filter(person=bob).count(),
        Post.objects.filter(author=bob).count(),
        Follow.objects.filter(follower=bob).count(),
        Bell.objects.filter(person=bob).count(),
        GroupMember.objects.filter(actor=bob).count(),
    ]


@pytest.mark.parametrize(("method", "route", "body"), REFUSED)
def test_a_program_of_who_is_blocked_is_refused(
    ids: dict[str, int], bob: Person, api_of: Callable[..., APIClient], method: str, route: str, body: dict[str, Any]
) -> None:
    answer = getattr(api_of(bob), method)(f"/api/social/v1/{route.format(**ids)}", body)
    assert answer.status_code in {400, 403, 404}
    consume()
    assert traces_of(bob) == [0] * 6


@pytest.mark.parametrize(("address", "form"), PAGES)
def test_so_is_a_browser(ids: dict[str, int], bob: Person, address: str, form: dict[str, str]) -> None:
    logged_in(bob).post(address.format(**ids), form)
    consume()
    assert traces_of(bob) == [0] * 6


@pytest.mark.parametrize("where", ["post", "comment", "edited post", "edited comment"])
def test_she_is_not_notified_of_being_named(ids: dict[str, int], ada: Person, bob: Person, where: str) -> None:
    first = "Hello." if "edited" in where else "Hello @ada."
    own = publish_post(author=bob, body=first if "post" in where else "Hello.")[0]
    browser = logged_in(bob)
    if "comment" in where:
        comment = reactions.comment(post_id=own.pk, author=bob, body=first)[0]
    if where == "edited post":
        assert browser.post(f"/posts/{own.pk}/edit/", {"body": "Hello @ada."}).status_code == 302
    if where == "edited comment":
        assert browser.post(f"/posts/{comment.pk}/edit/", {"body": "Hello @ada."}).status_code == 302
    consume()
    assert not NotificationGroup.objects.filter(recipient=ada, members__actor=bob, members__active=True).exists()
    assert logged_in(ada).get("/inbox/").text.count("Bob") == 0


def test_the_blocked_do_not_end_the_block(ids: dict[str, int], ada: Person, bob: Person) -> None:
    browser = logged_in(bob)
    browser.post("/@ada/unblock/")
    browser.post("/@ada/block/")
    browser.post("/@ada/unblock/")
    browser.post("/@ada/follow/")
    assert traces_of(bob) == [0] * 6


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("put", "people/ada/follow/", {}),
        ("put", "people/ada/block/", {}),
        ("post", "notifications/mutes/", {"person": "ada"}),
        ("put", "people/ada/bell/", {}),
        ("put", "people/ADA/follow/", {}),
    ],
)
def test_nobody_does_it_to_themselves(
    ada: Person, api_of: Callable[..., APIClient], method: str, route: str, body: dict[str, str]
) -> None:
    assert getattr(api_of(ada), method)(f"/api/social/v1/{route}", body).status_code in {400, 403}


@pytest.mark.parametrize("verb", ["follow", "block", "mute", "bell"])
def test_nor_by_a_page(ada: Person, verb: str) -> None:
    logged_in(ada).post(f"/@ada/{verb}/")
    assert (Follow.objects.count(), Bell.objects.count()) == (0, 0)
    for which in ("muted", "blocked"):
        page = logged_in(ada).get("/settings/muted/", {"which": which}).text
        assert "@ada" not in page.split("<main", 1)[1]
