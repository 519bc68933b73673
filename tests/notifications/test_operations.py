"""Being told: grouped, once, put right when taken back, and read when the person says so."""

import random
from collections.abc import Callable

import pytest

from notifications.inbox import queries, reading
from notifications.inbox.unread_counts import inbox_states, marks, unread_count
from notifications.models import GroupMember, Inbox, NotificationGroup
from socialapp.follows.operations import follow, unfollow
from socialapp.messaging.messages import ReactionAdded, ReactionRemoved
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, publish_post, restore_post
from socialapp.users.models import Person
from socialapp.users.operations import delete_account
from tests.notifications.activities import say
from tests.people import new_person

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]


def rows(person: Person, **filters: object) -> list[tuple[str, int, list[str], bool]]:
    """(kind, count, people, unread) of the first page of an inbox."""
    page = queries.inbox(person.pk, **filters)  # type: ignore[arg-type]
    return [(str(e.kind), e.count, [p.username for p in e.people], e.unread) for e in page.items]


def test_those_who_like_one_post_are_one_row(ada: Person, post: Post, deliver: Deliver) -> None:
    for n in range(14):
        say(ReactionAdded, new_person(f"fan{n:02}"), post)
    deliver()

    assert rows(ada) == [("like", 14, ["fan13", "fan12", "fan11"], True)]
    assert unread_count(ada.pk) == 1


def test_a_message_handled_twice_takes_effect_once(ada: Person, bob: Person, post: Post, deliver: Deliver) -> None:
    say(ReactionAdded, bob, post)
    deliver()
    reading.mark_all_read(person_id=ada.pk)
    say(ReactionAdded, bob, post)
    deliver()

    assert rows(ada) == [("like", 1, ["bob"], False)]


def test_taken_back_before_it_was_delivered_leaves_no_trace(
    ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    say(ReactionAdded, bob, post)
    say(ReactionRemoved, bob, post)
    assert deliver() == 2

    assert not NotificationGroup.objects.exists()
    assert not GroupMember.objects.exists()


def test_taken_back_later_repairs_count_and_people(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    say(ReactionAdded, bob, post)
    say(ReactionAdded, charlie, post)
    deliver()
    say(ReactionRemoved, charlie, post)
    deliver()
    assert rows(ada) == [("like", 1, ["bob"], True)]

    say(ReactionRemoved, bob, post)
    deliver()
    assert rows(ada) == []
    assert unread_count(ada.pk) == 0


def test_liked_again_neither_notifies_nor_moves_up(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    second, _ = publish_post(author=ada, body="Second")
    say(ReactionAdded, bob, post)
    deliver()
    say(ReactionAdded, charlie, second)
    deliver()
    reading.mark_all_read(person_id=ada.pk)
    for _ in range(3):
        say(ReactionRemoved, bob, post)
        deliver()
        say(ReactionAdded, bob, post)
        deliver()

    assert rows(ada) == [("like", 1, ["charlie"], False), ("like", 1, ["bob"], False)]


def test_each_comment_notifies_and_each_person_counts_once(
    ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    say(ReactionAdded, bob, post, reply_id=1)
    deliver()
    reading.mark_all_read(person_id=ada.pk)
    say(ReactionAdded, bob, post, reply_id=2)
    deliver()
    assert rows(ada) == [("comment", 1, ["bob"], True)]

    say(ReactionRemoved, bob, post, reply_id=1)
    deliver()
    assert rows(ada) == [("comment", 1, ["bob"], True)]
    say(ReactionRemoved, bob, post, reply_id=2)
    deliver()
    assert rows(ada) == []


def test_a_follower_is_notified_of_and_of_later_posts_only(
    ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    deliver()
    later, _ = publish_post(author=ada, body="Good evening!")

    assert rows(ada) == [("follow", 1, ["bob"], True)]
    assert [(e.kind, e.post) for e in queries.inbox(bob.pk).items] == [("post", later)]
    assert unread_count(bob.pk) == 1
    unfollow(follower_id=bob.pk, followee_id=ada.pk)
    deliver()
    assert rows(ada) == rows(bob) == []


def test_a_deleted_post_takes_its_notifications_along_and_undo_brings_them_back(
    ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    news, _ = publish_post(author=ada, body="News")
    say(ReactionAdded, bob, news)
    deliver()
    before = rows(ada), rows(bob)

    delete_post(post_id=news.pk, by=ada)
    assert rows(ada) == [("follow", 1, ["bob"], True)]
    assert rows(bob) == []
    assert (unread_count(ada.pk), unread_count(bob.pk)) == (1, 0)
    restore_post(post_id=news.pk, by=ada)
    assert (rows(ada), rows(bob)) == before


def test_a_deleted_account_leaves_other_inboxes_and_loses_its_own(
    ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    follow(follower_id=ada.pk, followee_id=bob.pk)
    deliver()
    delete_account(person=bob)
    deliver()

    assert rows(ada) == []
    assert not NotificationGroup.objects.filter(recipient=bob).exists()


def test_what_was_read_can_be_unread_and_all_read_means_all(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    follow(follower_id=ada.pk, followee_id=charlie.pk)
    publish_post(author=charlie, body="Charlie writes")
    say(ReactionAdded, bob, post)
    deliver()
    ids = [entry.id for entry in queries.inbox(ada.pk).items]

    for _ in range(2):
        reading.mark_read(person_id=ada.pk, ids=ids[:1])
        assert unread_count(ada.pk) == 1 == len(rows(ada, unread=True))
        reading.mark_all_read(person_id=ada.pk)
        assert unread_count(ada.pk) == 0 == len(rows(ada, unread=True))
        reading.mark_unread(person_id=ada.pk, ids=ids)
        assert unread_count(ada.pk) == 2 == len(rows(ada, unread=True))


@pytest.mark.parametrize("by_seen", [True, False])
def test_what_was_read_stays_read_when_somebody_does_again_what_they_took_back_before(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver, by_seen: bool
) -> None:
    for person, message in ((charlie, ReactionAdded), (bob, ReactionAdded), (bob, ReactionRemoved)):
        say(message, person, post)
        deliver()
    ids = [entry.id for entry in queries.inbox(ada.pk).items]
    until = inbox_states([ada.pk])[ada.pk].seq
    reading.mark_read(person_id=ada.pk, ids=ids, until=until if by_seen else None)
    say(ReactionAdded, bob, post)
    deliver()
    assert (unread_count(ada.pk), [entry.count for entry in queries.inbox(ada.pk).items]) == (0, [2])


def test_marking_all_read_is_taken_back_once_with_the_marks_of_single_entries(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    follow(follower_id=ada.pk, followee_id=charlie.pk)
    first, second = (publish_post(author=charlie, body=body)[0] for body in ("First", "Second"))
    say(ReactionAdded, bob, post)
    deliver()
    reading.mark_read(person_id=ada.pk, ids=[f"p{first.pk}"])
    before = rows(ada, unread=True)
    assert unread_count(ada.pk) == 2 == len(before)

    reading.mark_all_read(person_id=ada.pk)
    assert unread_count(ada.pk) == 0 == len(rows(ada, unread=True))
    assert reading.undo_mark_all_read(person_id=ada.pk)
    assert rows(ada, unread=True) == before
    assert unread_count(ada.pk) == 2
    assert not reading.undo_mark_all_read(person_id=ada.pk)
    assert second.pk in {entry.post.pk for entry in queries.inbox(ada.pk, unread=True).items if entry.post}


def test_each_change_of_an_inbox_takes_a_number(ada: Person, bob: Person, post: Post, deliver: Deliver) -> None:
    seen = [marks([ada.pk])[ada.pk]]
    for message in (ReactionAdded, ReactionRemoved, ReactionAdded):
        say(message, bob, post)
        deliver()
        seen.append(marks([ada.pk])[ada.pk])
    reading.mark_all_read(person_id=ada.pk)
    seen.append(marks([ada.pk])[ada.pk])
    assert seen == [(0, 0), (1, 0), (2, 0), (3, 0), (3, 1)]


def test_nobody_reads_for_another(ada: Person, bob: Person, post: Post, deliver: Deliver) -> None:
    say(ReactionAdded, bob, post)
    deliver()
    ids = [entry.id for entry in queries.inbox(ada.pk).items]

    reading.mark_read(person_id=bob.pk, ids=[*ids, "n", "nx", "p999999999999999999", "", "n٣"])
    assert unread_count(ada.pk) == 1


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_hold_every_row_once_in_both_directions(
    size: int, ada: Person, bob: Person, charlie: Person, deliver: Deliver
) -> None:
    follow(follower_id=ada.pk, followee_id=charlie.pk)
    for n in range(4):
        mine, _ = publish_post(author=ada, body=f"Mine {n}")
        publish_post(author=charlie, body=f"Theirs {n}")
        say(ReactionAdded, bob, mine)
        deliver()
    whole = [entry.id for entry in queries.inbox(ada.pk, size=100).items]
    assert len(whole) == 8

    forward, page = [], queries.inbox(ada.pk, size=size)
    assert page.previous is None
    forward += [entry.id for entry in page.items]
    while page.next:
        page = queries.inbox(ada.pk, size=size, token=page.next)
        forward += [entry.id for entry in page.items]
    backward = [entry.id for entry in page.items]
    while page.previous:
        page = queries.inbox(ada.pk, size=size, token=page.previous)
        backward = [entry.id for entry in page.items] + backward

    assert forward == whole
    assert backward == whole


def test_unread_posts_behind_many_read_ones_are_found(ada: Person, bob: Person) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    posts = [publish_post(author=ada, body=f"{n}")[0] for n in range(12)]
    reading.mark_read(person_id=bob.pk, ids=[f"p{post.pk}" for post in posts[3:]])

    page = queries.inbox(bob.pk, unread=True, size=2)
    assert [entry.post for entry in page.items] == [posts[2], posts[1]]
    assert [entry.post for entry in queries.inbox(bob.pk, unread=True, size=2, token=page.next).items] == [posts[0]]


def test_a_large_batch_ends_as_its_activities_one_by_one_would(ada: Person, bob: Person, deliver: Deliver) -> None:
    """Of several recipients and kinds, with groups that are there already and activities that are taken back."""
    dice = random.Random(11)  # noqa: S311  seeded on purpose
    fans = [new_person(f"fan{n}") for n in range(15)]
    posts = [publish_post(author=author, body="Hello")[0] for author in (ada, bob) for _ in range(3)]
    standing: dict[tuple[int, str, int, int], None] = {}
    for _ in range(3):
        for _ in range(120):
            post, fan, reply_id = dice.choice(posts), dice.choice(fans), dice.choice([0, 0, 0, 1, 2, 3])
            key = (post.pk, "comment" if reply_id else "like", fan.pk, reply_id)
            if key in standing and dice.random() < 0.5:
                say(ReactionRemoved, fan, post, reply_id)
                del standing[key]
            elif key not in standing:
                say(ReactionAdded, fan, post, reply_id)
                standing[key] = None
        deliver()
        for group in NotificationGroup.objects.exclude(post=None):
            people = {actor for post_id, kind, actor, _ in standing if (post_id, kind) == (group.post_id, group.kind)}
            assert group.count == len(people)
            members = GroupMember.objects.filter(group=group, active=True).order_by("-at", "-ordinal")
            assert group.newest_ids == list(dict.fromkeys(members.values_list("actor_id", flat=True)))[:3]
        for person in (ada, bob):
            groups = list(NotificationGroup.objects.filter(recipient=person).order_by("seq"))
            seqs = [group.seq for group in groups]
            assert len(set(seqs)) == len(seqs)
            assert Inbox.objects.get(person=person).seq >= seqs[-1]
            assert all(group.unread_seq == group.seq for group in groups)


def test_a_reply_is_no_new_post_and_is_not_marked_as_one(
    ada: Person, bob: Person, post: Post, deliver: Callable[[], int]
) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    deliver()
    answer = {"reply_to": post, "reply_to_author": ada.pk, "thread": post.pk}
    reply = Post.objects.create(author=ada, body="And good night.", **answer)
    reading.mark_unread(person_id=bob.pk, ids=[f"p{reply.pk}"])
    assert (rows(bob), unread_count(bob.pk)) == ([], 0)
    with pytest.raises(Post.DoesNotExist):
        queries.entry_of(bob.pk, f"p{reply.pk}")
