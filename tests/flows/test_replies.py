"""Who is notified of replies, and of what is done to them: once each, and no longer when it is gone."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections, transaction
from rest_framework.test import APIClient

from notifications.history.audit import audit
from notifications.inbox.queries import inbox
from notifications.inbox.unread_counts import unread_count
from reactions.models import Like, Share
from reactions.operations import comment, like, share
from reactions.queries import summaries
from socialapp.bookmarks.operations import save
from socialapp.bookmarks.queries import bookmarks_of
from socialapp.feeds.queries import home_feed, profile_feed
from socialapp.follows.operations import follow
from socialapp.posts.models import Mention, Post, PostTag
from socialapp.posts.operations import (
    delete_post,
    edit_post,
    hide_post,
    remove_post,
    restore_post,
    unhide_post,
)
from socialapp.posts.queries import posts_tagged
from socialapp.search.queries import find_posts
from socialapp.search.query import parse
from socialapp.users.models import Person
from socialapp.users.operations import suspend, unsuspend
from tests.people import logged_in, new_person

pytestmark = pytest.mark.django_db

ApiOf = Callable[[Person | None], APIClient]
Deliver = Callable[[], int]
V1 = "/api/social/v1/"


def reply(to: Post, author: Person, body: str = "Hm.") -> Post:
    return comment(post_id=to.pk, author=author, body=body)[0]


def told(person: Person) -> list[tuple[str, int, list[str]]]:
    """(kind, post, names) of what stands in their inbox, sorted."""
    return sorted(
        (str(entry.kind), entry.post.pk if entry.post else 0, sorted(person.username for person in entry.people))
        for entry in inbox(person.pk).items
    )


def numbers(post: Post, viewer: Person | None = None) -> tuple[int, int, int]:
    """Likes, shares and comments, as any page shows them."""
    found = summaries([post.pk], viewer.pk if viewer else None)[post.pk]
    return found["likes"], found["shares"], found["comments"]


@pytest.fixture
def answer(bob: Person, post: Post, deliver: Deliver) -> Post:
    """Bob's reply to Ada's post; Ada is notified."""
    made = reply(post, bob, "Good #evening, rarely")
    deliver()
    return made


# --- Who is notified ---


def test_each_who_is_concerned_is_notified_once_all_down_a_conversation(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    first = reply(post, bob)  # Ada: comment
    second = reply(first, charlie)  # Bob: reply; Ada: comment
    third = reply(second, ada)  # Charlie: reply
    reply(third, bob)  # Ada: reply, and not a comment as well
    reply(first, bob)  # Ada: comment; nobody for his own
    reply(post, ada)  # nobody
    deliver()
    assert told(ada) == [("comment", post.pk, ["bob", "charlie"]), ("reply", third.pk, ["bob"])]
    assert told(bob) == [("reply", first.pk, ["charlie"])]
    assert told(charlie) == [("reply", second.pk, ["ada"])]
    assert (unread_count(ada.pk), audit().is_well) == (2, True)


def test_a_mention_is_for_those_whom_the_reply_itself_does_not_concern(
    ada: Person, bob: Person, charlie: Person, answer: Post, post: Post, deliver: Deliver
) -> None:
    dana = new_person("dana")
    made = reply(answer, charlie, "@ada @bob @charlie @dana @DANA @nobody")
    deliver()
    assert told(dana) == [("mention", made.pk, ["charlie"])]
    assert told(bob) == [("reply", answer.pk, ["charlie"])]
    assert told(ada) == [("comment", post.pk, ["bob", "charlie"])]
    edit_post(post_id=made.pk, by=charlie, body="@ada and @bob only")
    deliver()
    assert (told(dana), told(bob)) == ([], [("reply", answer.pk, ["charlie"])])
    assert list(Mention.objects.all()) == []
    assert audit().is_well


def test_mentions_of_a_reply_are_of_its_own_post_so_that_each_leads_to_it(
    ada: Person, bob: Person, charlie: Person, post: Post, answer: Post, deliver: Deliver
) -> None:
    made = reply(answer, ada, "See, @charlie")
    deliver()
    (entry,) = inbox(charlie.pk).items
    place = logged_in(charlie).post(f"/inbox/{entry.id}/")["Location"]
    assert place == f"/posts/{made.pk}/"
    page = logged_in(charlie).get(place).text
    above, _, below = page.partition(f'id="post-{made.pk}"')
    assert "rarely" in above
    assert "See, " in below


def test_a_reply_that_goes_is_taken_back_from_all_and_comes_back_for_all(
    ada: Person, bob: Person, charlie: Person, post: Post, answer: Post, deliver: Deliver
) -> None:
    dana = new_person("dana")
    made = reply(answer, charlie, "Well, @dana")
    deliver()
    before = [told(person) for person in (ada, bob, dana)]
    changes: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (lambda: delete_post(post_id=made.pk, by=charlie), lambda: restore_post(post_id=made.pk, by=charlie)),
        (lambda: hide_post(post_id=made.pk, reason="Rude"), lambda: unhide_post(post_id=made.pk)),
        (lambda: suspend(person=charlie, reason="Spam"), lambda: unsuspend(person=charlie)),
    ]
    for go, come in changes:
        go()
        deliver()
        assert [told(person) for person in (ada, bob, dana)] == [[("comment", post.pk, ["bob"])], [], []]
        assert (numbers(answer), unread_count(dana.pk), audit().is_well) == ((0, 0, 0), 0, True)
        come()
        deliver()
        assert [told(person) for person in (ada, bob, dana)] == before
        assert (numbers(answer), unread_count(dana.pk), audit().is_well) == ((0, 0, 1), 1, True)


def test_a_reply_removed_for_good_takes_all_of_its_notifications_along(
    ada: Person, bob: Person, charlie: Person, post: Post, answer: Post, deliver: Deliver
) -> None:
    dana = new_person("dana")
    made = reply(answer, charlie, "Well, @dana")
    like(post_id=made.pk, person_id=bob.pk)
    below = reply(made, ada, "Why?")
    deliver()
    remove_post(post_id=made.pk, reason="Spam")
    deliver()
    assert [told(person) for person in (bob, charlie, dana)] == [[], [], []]
    assert told(ada) == [("comment", post.pk, ["bob"])]
    assert (numbers(answer), numbers(below)) == ((0, 0, 0), (0, 0, 0))
    assert audit().is_well
    # What answered it goes on: its author is notified of what is written below it, and so is who began all.
    last = reply(below, bob)
    deliver()
    assert last.thread == post.pk
    assert told(ada) == [("comment", post.pk, ["bob"]), ("reply", below.pk, ["bob"])]
    assert audit().is_well


def test_who_began_what_is_gone_is_notified_no_longer_but_who_is_answered_is(
    ada: Person, bob: Person, charlie: Person, post: Post, answer: Post, deliver: Deliver
) -> None:
    remove_post(post_id=post.pk, reason="Spam")
    deliver()
    made = reply(answer, charlie, "Still here, @ada")
    deliver()
    # Of a mention: nothing else tells her any more.
    assert told(ada) == [("mention", made.pk, ["charlie"])]
    assert told(bob) == [("reply", answer.pk, ["charlie"])]
    assert audit().is_well


# --- All that can be done with a post ---


@pytest.mark.parametrize(("verb", "flag", "kind"), [("like", "liked", "like"), ("share", "shared", "share")])
def test_a_reply_is_liked_and_shared_once_by_programs(
    bob: Person,
    charlie: Person,
    post: Post,
    answer: Post,
    api_of: ApiOf,
    deliver: Deliver,
    verb: str,
    flag: str,
    kind: str,
) -> None:
    api, route = api_of(charlie), f"{V1}posts/{answer.pk}/"
    assert [api.put(f"{route}{verb}/").status_code for _ in range(2)] == [201, 200]
    deliver()
    seen = api.get(route).json()
    assert (seen[f"{verb}s"], seen[flag], seen["reply_to"], seen["thread"]) == (1, True, post.pk, post.pk)
    assert [each["username"] for each in api.get(f"{route}{verb}s/").json()["results"]] == ["charlie"]
    assert told(bob) == [(kind, answer.pk, ["charlie"])]
    assert numbers(post) == (0, 0, 1)
    assert [api.delete(f"{route}{verb}/").status_code for _ in range(2)] == [204, 204]
    deliver()
    assert (told(bob), numbers(answer), audit().is_well) == ([], (0, 0, 0), True)


def test_what_was_done_to_a_reply_goes_and_comes_back_with_it(
    ada: Person, bob: Person, charlie: Person, answer: Post, deliver: Deliver
) -> None:
    for act in (like, share):
        act(post_id=answer.pk, person_id=charlie.pk)
    save(person_id=charlie.pk, post_id=answer.pk)
    follow(follower_id=ada.pk, followee_id=charlie.pk)
    deliver()

    def found() -> list[list[int]]:
        """Where it is found: what is kept, what Charlie shared, on profile and in Ada's feed, by tag and by word."""
        return [
            [each.pk for each in bookmarks_of(charlie.pk).items],
            [item.post.pk for item in profile_feed(charlie.pk).items],
            [item.post.pk for item in home_feed(ada.pk).items if item.shared_by],
            [each.pk for each in posts_tagged("evening").items],
            [each.pk for each in find_posts(parse("rarely"), None).items],
        ]

    assert found() == [[answer.pk]] * 5
    changes: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (lambda: delete_post(post_id=answer.pk, by=bob), lambda: restore_post(post_id=answer.pk, by=bob)),
        (lambda: hide_post(post_id=answer.pk, reason="Rude"), lambda: unhide_post(post_id=answer.pk)),
        (lambda: suspend(person=bob, reason="Spam"), lambda: unsuspend(person=bob)),
    ]
    for go, come in changes:
        go()
        deliver()
        assert (found(), audit().is_well) == ([[]] * 5, True)
        for act in (like, share):
            with pytest.raises(Post.DoesNotExist):
                act(post_id=answer.pk, person_id=ada.pk)
        with pytest.raises(Post.DoesNotExist):
            reply(answer, ada)
        come()
        deliver()
        assert (found(), numbers(answer), audit().is_well) == ([[answer.pk]] * 5, (1, 1, 0), True)
    remove_post(post_id=answer.pk, reason="Spam")
    deliver()
    assert found() == [[]] * 5
    assert not Like.objects.exists()
    assert not Share.objects.exists()
    assert not PostTag.objects.exists()
    assert audit().is_well


# --- Keys ---


def test_one_key_is_one_text_whether_it_begins_a_thread_or_answers(
    ada: Person, bob: Person, post: Post, answer: Post, api_of: ApiOf, deliver: Deliver
) -> None:
    places = [f"{V1}posts/", f"{V1}posts/{post.pk}/comments/", f"{V1}posts/{answer.pk}/comments/"]
    for place in places:
        key = {"Idempotency-Key": f"first for {place}"}
        assert [api_of(bob).post(place, {"body": "Once."}, headers=key).status_code for _ in range(2)] == [201, 200]
        others = [other for other in places if other != place]
        assert [api_of(bob).post(other, {"body": "Once."}, headers=key).status_code for other in others] == [422, 422]
        # A key is its author's own.
        assert api_of(ada).post(place, {"body": "Once."}, headers=key).status_code == 201
    assert Post.objects.exclude(client_key="").count() == 6
    deliver()
    assert (numbers(post), numbers(answer), audit().is_well) == ((0, 0, 3), (0, 0, 2), True)


@pytest.mark.django_db(transaction=True)
def test_a_reply_that_arrives_twenty_times_at_once_is_one(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    to = reply(post, charlie)
    start = threading.Barrier(20)
    made: list[tuple[int, bool]] = []

    def send() -> None:
        start.wait()
        try:
            found, is_new = comment(post_id=to.pk, author=bob, body="Yes, @ada", key="k")
            made.append((found.pk, is_new))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver()
    assert len({id_ for id_, _ in made}) == 1
    assert sorted(is_new for _, is_new in made) == [False] * 19 + [True]
    assert (numbers(to), told(charlie)) == ((0, 0, 1), [("reply", to.pk, ["bob"])])
    assert told(ada) == [("comment", post.pk, ["bob", "charlie"])]
    assert audit().is_well


# --- At the same moment ---


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("back", [False, True], ids=["hidden", "shown again"])
def test_hiding_waits_for_an_edit_and_sees_the_mentions_of_it(
    bob: Person, charlie: Person, post: Post, deliver: Deliver, back: bool
) -> None:
    made = reply(post, bob, "Hello.")

    def hide() -> None:
        try:
            hide_post(post_id=made.pk, reason="spam")
        finally:
            connections.close_all()

    hiding = threading.Thread(target=hide)
    with transaction.atomic():
        edit_post(post_id=made.pk, by=bob, body="Hello, @charlie.")
        hiding.start()
        hiding.join(0.5)
        assert hiding.is_alive()
    hiding.join()
    if back:
        unhide_post(post_id=made.pk)
    deliver()
    assert told(charlie) == ([("mention", made.pk, ["bob"])] if back else [])
    assert (unread_count(charlie.pk), numbers(post)) == ((1, (0, 0, 1)) if back else (0, (0, 0, 0)))
    assert audit().is_well
