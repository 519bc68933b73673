"""A page of a feed is full while there is more, whatever was deleted, hidden, suspended or blocked since."""

import random
from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from notifications.inbox.queries import inbox
from notifications.inbox.reading import mark_all_read, mark_unread
from reactions.models import Share
from reactions.operations import share
from socialapp.api.pagination import PAGE_SIZE, Page
from socialapp.feeds.queries import FeedItem, home_feed, profile_feed, public_feed
from socialapp.follows.models import Follow
from socialapp.follows.operations import block, follow
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, hide_post, publish_post
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, suspend
from tests.people import logged_in, new_person

pytestmark = pytest.mark.django_db


def delete_each(author: Person, posts: list[Post]) -> None:
    """As their author does."""
    for post in posts:
        delete_post(post_id=post.id, by=author)


def hide_each(_author: Person, posts: list[Post]) -> None:
    """As an admin does."""
    for post in posts:
        hide_post(post_id=post.id, reason="Rude")


def suspend_author(author: Person, _posts: list[Post]) -> None:
    """As an admin does."""
    suspend(person=author, reason="Rude")


def delete_author(author: Person, _posts: list[Post]) -> None:
    """As the author does; workers have not removed the posts yet."""
    delete_account(person=author)


GONE = [delete_each, hide_each, suspend_author, delete_author]


def written(author: Person, n: int) -> list[Post]:
    """Posts, the newest last."""
    return [publish_post(author=author, body=f"{author.username} {number}")[0] for number in range(n)]


@pytest.fixture
def ada_shared_what_went(ada: Person, charlie: Person) -> list[Post]:
    """Ada wrote a little and then shared 26 posts by Charlie; hers."""
    hers = written(ada, 3)
    for post in written(charlie, 26):
        share(post_id=post.id, person_id=ada.pk)
    return hers


@pytest.mark.parametrize("go", GONE)
def test_what_went_leaves_no_empty_page_before_what_is_left(
    go: Callable[[Person, list[Post]], None],
    ada_shared_what_went: list[Post],
    ada: Person,
    bob: Person,
    charlie: Person,
    api_of: Callable[[Person | None], APIClient],
) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    go(charlie, list(Post.objects.filter(author=charlie)))
    left = [post.id for post in reversed(ada_shared_what_went)]
    for api, address in ((api_of(bob), "/api/social/v1/feed/"), (api_of(None), "/api/social/v1/people/ada/posts/")):
        answer = api.get(address).json()
        assert [post["id"] for post in answer["results"]] == left
        assert answer["next"] is None
    for page in (logged_in(bob).get("/"), Client().get("/@ada/")):
        assert [item.post.id for item in page.context["page"].items] == left
        assert "has not written anything" not in page.text
        assert "waiting for people" not in page.text
        assert "Show more" not in page.text


def test_a_sharer_who_is_suspended_leaves_no_empty_page(ada: Person, bob: Person, charlie: Person) -> None:
    mine = written(bob, 3)
    follow(follower_id=bob.pk, followee_id=ada.pk)
    for post in written(charlie, 26):
        share(post_id=post.id, person_id=ada.pk)
    suspend(person=ada, reason="Rude")
    page = home_feed(bob.pk)
    assert ([item.post.id for item in page.items], page.next) == ([post.id for post in reversed(mine)], None)


def test_show_more_leads_on_from_a_list_that_is_empty() -> None:
    """Should all of a page go in the moment in which it is read."""
    asked = RequestFactory().get("/")
    empty = render_to_string("web/pager.html", {"page": Page([], next="abc"), "list": "#feed"}, asked)
    assert 'href="?page=abc"' in empty
    assert "hx-get" not in empty


@pytest.mark.parametrize("seed", range(6))
def test_every_row_that_may_be_seen_is_on_one_page_and_each_page_is_full(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  seeded on purpose
    people = [new_person(f"person{n}") for n in range(8)]
    reader = people[0]
    for person in people[1:5]:
        Follow.objects.create(follower=reader, followee=person)
    posts = [publish_post(author=dice.choice(people), body=f"{n}")[0] for n in range(120)]
    for post_id, person_id in sorted({(dice.choice(posts).id, dice.choice(people).pk) for _ in range(150)}):
        share(post_id=post_id, person_id=person_id)
    for post in dice.sample(posts, 60):
        dice.choice([delete_each, hide_each])(post.author, [post])
    suspend(person=people[dice.choice([1, 6])], reason="Rude")
    delete_account(person=people[dice.choice([2, 7])])
    block(blocker_id=reader.pk, blocked_id=people[5].pk)

    shown = Post.objects.visible().exclude(author=people[5])
    seen = {person.pk for person in people if Person.objects.filter(pk=person.pk, suspended_at=None, deleted_at=None)}
    for whose, page_of in (
        ({reader.pk, *(p.pk for p in people[1:5])} & seen, lambda token: home_feed(reader.pk, token)),
        ({people[3].pk}, lambda token: profile_feed(people[3].pk, token, viewer_id=reader.pk)),
    ):
        wanted = set(shown.filter(author_id__in=whose).values_list("id", flat=True))
        wanted |= set(Share.objects.filter(person_id__in=whose, post__in=shown).values_list("post_id", flat=True))
        assert walked(page_of) == wanted
    assert walked(lambda token: public_feed(token, viewer_id=reader.pk)) == set(shown.values_list("id", flat=True))


def walked(page_of: Callable[[str | None], Page[FeedItem]]) -> set[int]:
    """The posts of all pages to the end, and the same back again. Each page is full, but for the last."""
    token, forth = None, list[list[int]]()
    while page := page_of(token):
        forth.append([item.post.id for item in page.items])
        if page.next is None:
            break
        assert len(page.items) == PAGE_SIZE
        token = page.next
    assert forth[-1], "a page with nothing, and one before it that promised more"
    back = [forth[-1]]
    while page.previous:
        page = page_of(page.previous)
        if page.items:
            back.append([item.post.id for item in page.items])
    found = [post for page in forth for post in page]
    assert {post for page in back for post in page} == set(found)
    return set(found)


@pytest.mark.parametrize("go", GONE)
@pytest.mark.parametrize("unread", [False, True])
def test_a_page_of_the_inbox_is_full_whatever_went_of_new_posts(
    go: Callable[[Person, list[Post]], None], unread: bool, ada: Person, bob: Person, charlie: Person
) -> None:
    for person in (ada, charlie):
        follow(follower_id=bob.pk, followee_id=person.pk)
    kept = [post.id for post in reversed(written(ada, 3))]
    gone = written(charlie, 26)
    mark_all_read(person_id=bob.pk)
    mark_unread(person_id=bob.pk, ids=[f"p{post}" for post in [*kept, *(post.id for post in gone)]])
    go(charlie, gone)
    page = inbox(bob.pk, unread=unread)
    assert ([entry.post.id for entry in page.items if entry.post], page.next) == (kept, None)
