"""A conversation: what a post answers, the branches below it, and what stays when something in the middle goes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from notifications.audit import audit
from reactions.operations import comment, like, share
from reactions.queries import summaries
from socialapp.bookmarks.operations import save
from socialapp.bookmarks.queries import bookmarks_of
from socialapp.feeds.queries import home_feed, profile_feed, profile_replies, public_feed
from socialapp.follows.operations import block, follow
from socialapp.http.keys import KeyReused
from socialapp.posts.conversations import BRANCHES, Branch, answered, branches
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
from socialapp.search.asked import understood
from socialapp.search.queries import find_posts
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, suspend, unsuspend
from tests.moments import id_of, post_at
from tests.people import new_person

pytestmark = pytest.mark.django_db

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
    assert shown(visible_post(first.pk)) == ["Second"]
    assert answered(visible_post(first.pk), None) == [None]
    third = reply(visible_post(second.pk), bob, "Third")
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
    assert [each.pk for each in find_posts(understood("rarely"), None).items] == [made.pk]
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
