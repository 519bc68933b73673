"""A conversation: what a post answers, the branches below it, and what stays when something in the middle goes."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from notifications.history.audit import audit
from reactions.operations import comment, like, share
from reactions.queries import summaries
from socialapp.api.idempotency import KeyReused
from socialapp.bookmarks.operations import save
from socialapp.bookmarks.queries import bookmarks_of
from socialapp.feeds.queries import home_feed, profile_feed, profile_replies, public_feed
from socialapp.follows.operations import block, follow, unfollow
from socialapp.posts.conversations import Branch, answered, branches
from socialapp.posts.ids import LARGEST, id_at
from socialapp.posts.models import Post, PostVersion
from socialapp.posts.operations import (
    delete_post,
    edit_post,
    hide_post,
    publish_post,
    purge_posts,
    remove_post,
    restore_post,
    unhide_post,
)
from socialapp.posts.queries import posts_tagged, visible_post
from socialapp.posts.sql import BRANCHES
from socialapp.search.queries import find_posts
from socialapp.search.query import parse
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, suspend, unsuspend
from tests.elements import elements
from tests.moments import id_of, post_at
from tests.people import new_person

pytestmark = pytest.mark.django_db

ApiOf = Callable[[Person | None], APIClient]
Deliver = Callable[[], int]


def reply(to: Post, author: Person, body: str = "Hm.") -> Post:
    return comment(post_id=to.pk, author=author, body=body)[0]


def shape(branch: Branch) -> object:
    """Texts in their places; None for what may not be seen."""
    text = branch.post.body if branch.post else None
    return (text, [shape(each) for each in branch.replies]) if branch.replies else text


def shown(post: Post, viewer: Person | None = None) -> list[object]:
    """The first page of a conversation."""
    return [shape(each) for each in branches(post, None, viewer.pk if viewer else None).items]


def comments(post: Post) -> int:
    return int(summaries([post.pk], None)[post.pk]["comments"])


def test_branches_are_in_the_order_of_time_each_with_its_replies(ada: Person, bob: Person, post: Post) -> None:
    first = reply(post, bob, "First")
    second = reply(post, ada, "Second")
    below = reply(first, ada, "Below the first")
    reply(below, bob, "Below that")
    assert shown(post) == [("First", [("Below the first", ["Below that"])]), "Second"]
    assert [each and each.body for each in answered(below, None)] == ["Good morning!", "First"]
    assert answered(post, None) == []
    assert (comments(post), comments(first), comments(second)) == (2, 1, 0)


def test_what_does_not_fit_is_on_the_page_of_its_own_reply(ada: Person, bob: Person, post: Post) -> None:
    first = reply(post, bob, "First")
    for number in range(5):
        reply(first, ada, f"{number}")
    (branch,) = branches(post, None, None).items
    assert (shape(branch), branch.more) == (("First", ["0", "1", "2"]), 2)
    assert shown(first) == ["0", "1", "2", "3", "4"]


def test_a_chain_of_two_hundred_is_read_piece_by_piece(ada: Person, bob: Person, post: Post) -> None:
    last = post
    for number in range(200):
        last = reply(last, (ada, bob)[number % 2], f"{number}")
    (branch,) = branches(post, None, None).items
    deepest = branch
    while deepest.replies:
        (deepest,) = deepest.replies
    assert (deepest.post and deepest.post.body, deepest.more) == ("3", 1)
    above = [each.body for each in answered(last, None) if each]
    assert above == [f"{number}" for number in range(169, 199)]
    assert last.thread == post.pk


def test_pages_hold_every_branch_once_in_both_directions(bob: Person, post: Post) -> None:
    made = [reply(post, bob, f"{number}").pk for number in range(2 * BRANCHES + 5)]
    pages, token = [], None
    while True:
        page = branches(post, token, None)
        pages.append([each.id for each in page.items])
        if page.next is None:
            break
        token = page.next
    assert [id_ for page_ids in pages for id_ in page_ids] == made
    assert [each.id for each in branches(post, page.previous, None).items] == pages[-2]


def test_what_is_in_the_middle_may_go_and_its_replies_stay(
    ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    middle = reply(post, bob, "Middle")
    last = reply(middle, charlie, "Last")
    gone = [(None, ["Last"])]
    delete_post(post_id=middle.pk, by=bob)
    assert (shown(post), comments(post)) == (gone, 0)
    assert [each and each.body for each in answered(last, None)] == ["Good morning!", None]
    restore_post(post_id=middle.pk, by=bob)
    hide_post(post_id=middle.pk, reason="Rude")
    assert (shown(post), comments(post)) == (gone, 0)
    unhide_post(post_id=middle.pk)
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    assert (shown(post, ada), shown(post)) == (gone, [("Middle", ["Last"])])
    suspend(person=bob, reason="Spam")
    assert shown(post) == gone
    unsuspend(person=bob)
    delete_post(post_id=last.pk, by=charlie)
    assert shown(post) == ["Middle"]
    delete_post(post_id=middle.pk, by=bob)
    assert shown(post) == []


def test_replies_to_what_was_removed_for_good_stand_below_the_beginning(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    middle = reply(post, bob, "Middle")
    last = reply(middle, charlie, "Last")
    deliver()
    remove_post(post_id=middle.pk, reason="Spam")
    deliver()
    last.refresh_from_db()
    assert (last.reply_to_id, last.thread, last.reply_to_author) == (None, post.pk, bob.pk)
    assert (shown(post), comments(post)) == (["Last"], 0)
    assert answered(last, None) == [None]
    assert audit().is_well
    delete_post(post_id=last.pk, by=charlie)
    deliver()
    assert audit().is_well


def test_the_beginning_may_be_removed_for_good(ada: Person, bob: Person, post: Post, deliver: Deliver) -> None:
    first = reply(post, bob, "First")
    second = reply(first, ada, "Second")
    deliver()
    delete_post(post_id=post.pk, by=ada)
    Post.objects.filter(pk=post.pk).update(deleted_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert purge_posts() == 1
    assert shown(visible_post(first.pk, None)) == ["Second"]
    assert answered(visible_post(first.pk, None), None) == [None]
    third = reply(visible_post(second.pk, None), bob, "Third")
    assert third.thread == post.pk
    deliver()
    assert audit().is_well


def test_an_account_that_goes_takes_its_replies_along_and_leaves_those_of_others(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    middle = reply(post, bob, "Middle")
    reply(middle, charlie, "Last")
    deliver()
    delete_account(person=bob)
    while deliver():
        pass
    assert (shown(post), comments(post)) == (["Last"], 0)
    assert audit().is_well


def test_all_that_posts_have_replies_have(ada: Person, bob: Person, charlie: Person, post: Post) -> None:
    made = reply(post, bob, "About #fog, rarely seen")
    like(post_id=made.pk, person_id=ada.pk)
    share(post_id=made.pk, person_id=charlie.pk)
    save(person_id=ada.pk, post_id=made.pk)
    found = summaries([made.pk], ada.pk)[made.pk]
    assert (found["likes"], found["shares"], found["liked"]) == (1, 1, True)
    assert [each.pk for each in bookmarks_of(ada.pk).items] == [made.pk]
    assert [each.pk for each in posts_tagged("fog").items] == [made.pk]
    assert [each.pk for each in find_posts(parse("rarely"), None).items] == [made.pk]
    edit_post(post_id=made.pk, by=bob, body="About #mist")
    assert list(PostVersion.objects.values_list("post", "body")) == [(made.pk, "About #fog, rarely seen")]
    assert [each.pk for each in posts_tagged("mist").items] == [made.pk]
    with pytest.raises(PermissionDenied):
        delete_post(post_id=made.pk, by=ada)


def test_a_reply_is_in_the_feeds_of_those_who_follow_both_ends(ada: Person, bob: Person, post: Post) -> None:
    stranger, reader = new_person("stranger"), new_person("reader")
    elsewhere = publish_post(author=stranger, body="Elsewhere")[0]
    follow(follower_id=reader.pk, followee_id=bob.pk)
    to_ada, to_stranger = reply(post, bob, "To Ada"), reply(elsewhere, bob, "To the stranger")
    to_himself = reply(to_ada, bob, "P.S.")

    def feed(person: Person) -> list[int]:
        return [item.post.pk for item in home_feed(person.pk).items]

    assert feed(reader) == [to_himself.pk]
    follow(follower_id=reader.pk, followee_id=ada.pk)
    assert feed(reader) == [to_himself.pk, to_ada.pk, post.pk]
    follow(follower_id=stranger.pk, followee_id=bob.pk)
    assert feed(stranger) == [to_himself.pk, to_stranger.pk, elsewhere.pk]
    assert [item.post.pk for item in public_feed().items] == [elsewhere.pk, post.pk]
    assert profile_feed(bob.pk).items == []
    assert [item.post.pk for item in profile_replies(bob.pk).items] == [to_himself.pk, to_stranger.pk, to_ada.pk]


def test_a_key_is_of_posts_and_replies_together(ada: Person, post: Post) -> None:
    first, is_new = comment(post_id=post.pk, author=ada, body="Once", key="k")
    again, is_new_again = comment(post_id=post.pk, author=ada, body="Once", key="k")
    assert (first, is_new, is_new_again) == (again, True, False)
    with pytest.raises(KeyReused):
        publish_post(author=ada, body="Another", key="k")


def test_ids_grow_with_time_over_posts_and_shares_and_are_exact_in_javascript(
    ada: Person, bob: Person, post: Post
) -> None:
    share(post_id=post.pk, person_id=bob.pk)
    later = publish_post(author=ada, body="Later")[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM reactions_share")
        (share_id,) = cursor.fetchone()
    assert post.pk < share_id < later.pk < LARGEST
    assert id_of(datetime(2095, 1, 1, tzinfo=UTC)) < LARGEST
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert id_at(noon) <= post_at(noon, ada).pk < id_at(noon + timedelta(milliseconds=1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT item_id_at(%s)", [noon])
        assert cursor.fetchone() == (id_at(noon),)


def walk(post: Post, viewer: Person | None = None) -> list[list[Branch]]:
    """All pages of a conversation, the first one first; each is read backwards as well."""
    pages: list[list[Branch]] = []
    token = None
    while True:
        page = branches(post, token, viewer.pk if viewer else None)
        if pages:
            back = branches(post, page.previous, viewer.pk if viewer else None)
            assert [each.id for each in back.items] == [each.id for each in pages[-1]]
        pages.append(page.items)
        if page.next is None:
            return pages
        token = page.next


def texts(branch: Branch) -> list[str]:
    """All that can be read in a branch."""
    own = [branch.post.body] if branch.post else []
    return [*own, *(text for each in branch.replies for text in texts(each))]


@pytest.mark.parametrize("gone", [1, 2, 3, 5])
def test_what_answers_several_that_are_gone_is_still_read(
    ada: Person, bob: Person, charlie: Person, post: Post, gone: int
) -> None:
    last, chain = post, []
    for number in range(gone):
        last = reply(last, bob, f"{number}")
        chain.append(last)
    end = reply(last, charlie, "The end")
    for way in (
        lambda: [delete_post(post_id=each.pk, by=bob) for each in chain],
        lambda: suspend(person=bob, reason="Spam"),
        lambda: block(blocker_id=ada.pk, blocked_id=bob.pk),
    ):
        way()
        (branch,) = branches(post, None, ada.pk).items
        assert texts(branch) == ["The end"]
        assert [each and each.body for each in answered(end, ada.pk)] == ["Good morning!", *[None] * gone]
        unsuspend(person=bob)
        for each in chain:
            restore_post(post_id=each.pk, by=bob)
    delete_post(post_id=end.pk, by=charlie)
    assert branches(post, None, ada.pk).items == []


def test_a_long_chain_of_what_is_gone_ends_the_page_and_does_not_break_it(
    bob: Person, charlie: Person, post: Post
) -> None:
    last, ends = post, []
    for number in range(100):
        last = reply(last, bob)
        ends.append(reply(last, charlie, f"No. {number}.").body)
    suspend(person=bob, reason="Spam")
    (branch,) = branches(post, None, None).items
    assert texts(branch) == ends[:30]
    assert "No. 29." in Client().get(f"/posts/{post.pk}/").text


def test_what_answers_one_that_is_gone_can_all_be_read(bob: Person, charlie: Person, post: Post) -> None:
    middle = reply(post, bob, "Middle")
    made = [reply(middle, charlie, f"{number}") for number in range(12)]
    for each in made[:5]:
        delete_post(post_id=each.pk, by=charlie)
    delete_post(post_id=middle.pk, by=bob)
    (branch,) = branches(post, None, None).items
    assert (branch.post, texts(branch)) == (None, [each.body for each in made[5:]])


def test_what_answers_several_that_are_gone_is_in_the_order_of_time(bob: Person, charlie: Person, post: Post) -> None:
    first = reply(post, bob)
    second = reply(first, bob)
    for number in range(6):
        reply((first, second)[number % 2], charlie, f"{number}")
    suspend(person=bob, reason="Spam")
    assert shown(post) == [(None, ["0", "1", "2", "3", "4", "5"])]


def test_what_stands_after_replies_that_are_gone_is_shown_in_their_place(
    bob: Person, charlie: Person, post: Post
) -> None:
    first = reply(post, bob, "First")
    made = [reply(first, charlie, f"{number}") for number in range(6)]
    for each in made[:4]:
        delete_post(post_id=each.pk, by=charlie)
    (branch,) = branches(post, None, None).items
    assert (shape(branch), branch.more) == (("First", ["4", "5"]), 0)


def test_five_hundred_replies_are_read_in_both_directions_whatever_is_gone_among_them(
    ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    people = [ada, bob, charlie]
    made = [reply(post, people[number % 3], f"{number}") for number in range(500)]
    kept = [each for number, each in enumerate(made) if number % 7]
    for number, each in enumerate(made):
        if number % 7 == 0:
            delete_post(post_id=each.pk, by=people[number % 3])
    assert comments(post) == len(kept)
    pages = walk(post)
    assert [each.id for page in pages for each in page] == [each.pk for each in kept]
    assert {len(page) for page in pages[:-1]} == {BRANCHES}
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    assert [each.id for page in walk(post, ada) for each in page] == [e.pk for e in kept if e.author != bob]
    suspend(person=charlie, reason="Spam")
    assert [each.id for page in walk(post) for each in page] == [each.pk for each in kept if each.author != charlie]


def test_a_conversation_costs_the_same_queries_however_wide_and_deep(ada: Person, bob: Person, post: Post) -> None:
    last = reply(reply(reply(post, bob), ada), bob)
    with CaptureQueriesContext(connection) as few:
        branches(post, None, ada.pk)
        answered(last, ada.pk)
    for _ in range(3 * BRANCHES):
        reply(post, ada)
        last = reply(last, bob)
        reply(last, ada)
    with CaptureQueriesContext(connection) as many:
        branches(post, None, ada.pk)
        answered(last, ada.pk)
    assert len(many) == len(few)


def test_pages_of_the_deepest_reply_lead_to_the_beginning_and_down_again(ada: Person, bob: Person, post: Post) -> None:
    last = post
    for number in range(200):
        last = reply(last, (ada, bob)[number % 2], f"No. {number}.")
    page = Client().get(f"/posts/{last.pk}/").text
    assert elements(page, "a", class_="back", href=f"/posts/{post.pk}/")
    assert ("No. 169." in page, "No. 168." in page) == (True, False)
    # Down from the beginning, page by page, by what each says there is more of.
    at, pages = post.pk, 0
    while at != last.pk:
        shown_ids = re.findall(r'id="branch-(\d+)"', Client().get(f"/posts/{at}/").text)
        at, pages = int(shown_ids[-1]), pages + 1
    assert pages == 50


def test_replies_whose_own_post_was_removed_stand_among_the_others_in_the_order_of_time(
    bob: Person, charlie: Person, post: Post
) -> None:
    made: list[int] = []
    removed = []
    for _ in range(BRANCHES):
        made.append(reply(post, bob).pk)
        removed.append(reply(post, bob))
        made.append(reply(removed[-1], charlie).pk)
    for each in removed:
        remove_post(post_id=each.pk, reason="Spam")
    assert [[each.id for each in page] for page in walk(post)] == [made[:BRANCHES], made[BRANCHES:]]
    assert comments(post) == BRANCHES
    assert walk(visible_post(made[0], None)) == [[]]  # and below no other


def test_a_conversation_goes_on_when_its_beginning_and_what_it_answers_are_removed(
    bob: Person, charlie: Person, post: Post, api_of: ApiOf
) -> None:
    middle = reply(post, bob, "Middle")
    last = reply(middle, charlie, "Last")
    for each in (middle, post):
        remove_post(post_id=each.pk, reason="Spam")
    below = reply(last, bob, "Below")
    seen = api_of(None).get(f"/api/social/v1/posts/{last.pk}/").json()
    assert (seen["reply_to"], seen["thread"], seen["comments"]) == (None, post.pk, 1)
    page = Client().get(f"/posts/{last.pk}/").text
    assert "This post cannot be seen any more." in page
    assert "Below" in page
    assert (below.reply_to_id, below.thread) == (last.pk, post.pk)
    assert Client().get(f"/posts/{post.pk}/").status_code == 404
    assert [item.post.pk for item in public_feed().items] == []


def test_a_page_of_replies_is_the_same_for_programs(bob: Person, post: Post, api_of: ApiOf) -> None:
    made = [reply(post, bob).pk for _ in range(5)]
    reply(visible_post(made[0], None), bob)
    api = api_of(None)
    first = api.get(f"/api/social/v1/posts/{post.pk}/comments/", {"size": 2}).json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    assert [each["id"] for page in (first, second, third) for each in page["results"]] == made
    assert [each["comments"] for each in first["results"]] == [1, 0]
    assert api.get(third["previous"]).json()["results"] == second["results"]


def test_a_reply_stays_in_the_home_feed_as_long_as_both_are_followed(ada: Person, bob: Person, post: Post) -> None:
    reader = new_person("reader")
    made = reply(post, bob, "To Ada")
    mine = reply(made, reader, "To Bob")

    def feed() -> list[int]:
        return [item.post.pk for item in home_feed(reader.pk).items]

    assert feed() == []  # what one wrote to somebody whom one does not follow is on one's profile
    for person in (ada, bob):
        follow(follower_id=reader.pk, followee_id=person.pk)
    to_me = reply(mine, bob, "To the reader")
    own = reply(mine, reader, "P.S.")
    assert feed() == [own.pk, to_me.pk, mine.pk, made.pk, post.pk]
    unfollow(follower_id=reader.pk, followee_id=ada.pk)
    assert feed() == [own.pk, to_me.pk, mine.pk]
    unfollow(follower_id=reader.pk, followee_id=bob.pk)
    assert feed() == [own.pk]
    # Whoever shares a reply shows it to all who follow them.
    follow(follower_id=reader.pk, followee_id=ada.pk)
    share(post_id=made.pk, person_id=ada.pk)
    assert feed() == [made.pk, own.pk, post.pk]


def test_pages_of_a_profile_show_replies_apart(bob: Person, post: Post, api_of: ApiOf) -> None:
    begun = publish_post(author=bob, body="Begun")[0]
    made = [reply(post, bob, f"Reply {number}").pk for number in range(3)]
    pages = {at: Client().get(f"/@bob/{at}").text for at in ("", "replies/")}
    assert [("Begun" in page, "Reply 1" in page) for page in pages.values()] == [(True, False), (False, True)]
    api = api_of(None)
    first = api.get("/api/social/v1/people/bob/replies/", {"size": 2}).json()
    second = api.get(first["next"]).json()
    assert [each["id"] for page in (first, second) for each in page["results"]] == made[::-1]
    assert [each["id"] for each in api.get("/api/social/v1/people/bob/posts/").json()["results"]] == [begun.pk]


def test_ids_are_unique_however_many_are_made_at_once_and_as_programs_read_them(
    bob: Person, post: Post, api_of: ApiOf
) -> None:
    with connection.cursor() as cursor:
        # One that is there twice breaks the primary key.
        cursor.execute(
            "INSERT INTO posts_post (author_id, body) SELECT %s, '' FROM generate_series(1, 20000)", [bob.pk]
        )
    text = api_of(bob).post(f"/api/social/v1/posts/{post.pk}/comments/", {"body": "Hm."}).content
    # JavaScript reads numbers as doubles.
    in_javascript = json.loads(text, parse_int=float)
    made = Post.objects.latest("pk")
    assert [int(in_javascript[name]) for name in ("id", "reply_to", "thread")] == [made.pk, post.pk, post.pk]
    assert post.pk < made.pk
