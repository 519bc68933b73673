"""What is released goes out as if it were new, to those who may be notified of it, and what cannot is refused."""

from collections.abc import Callable, Iterator

import pytest
from django.core.exceptions import ValidationError

from notifications.inbox.queries import inbox
from notifications.inbox.reading import mark_all_read
from reactions.operations import comment
from socialapp.follows.operations import block
from socialapp.follows.operations import follow_or_ask as follow
from socialapp.moderation.models import Action, Case, Hold, SpamRules, Verb
from socialapp.moderation.operations import acts
from socialapp.moderation.operations.appeals import appeal, decide_appeal
from socialapp.moderation.signals import know
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, publish_post
from socialapp.users.models import Person
from socialapp.visibility import Reachable
from tests.people import logged_in
from tests.socialapp.moderation.test_acts import decide
from tests.socialapp.moderation.test_signals import mentions, settled

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def rules(db: None) -> Iterator[None]:
    """Each post of a new account waits: Ada's, and nobody's who is `settled`."""
    know(SpamRules(is_on=True, needed=1), for_s=3600)
    yield
    know(SpamRules(), for_s=3600)


@pytest.fixture
def answered(bob: Person) -> Post:
    """A post of Bob's."""
    settled(bob)
    return publish_post(author=bob, body="My garden")[0]


def case() -> Case:
    """The case of Ada."""
    return Case.objects.get(closed_at=None)


def test_it_mentions_only_those_who_still_let_its_author(
    ada: Person, bob: Person, charlie: Person, mona: Person, deliver: Callable[[], int]
) -> None:
    post, _ = publish_post(author=ada, body="Hello @bob and @charlie")
    Person.objects.filter(pk=bob.pk).update(reachable_by=Reachable.NO_ONE)
    decide(case().pk, mona, Verb.RELEASE, post_ids=[post.pk])
    deliver()
    assert (mentions(bob), mentions(charlie)) == ([], [post.pk])


def closes(bob: Person, ada: Person) -> None:
    Person.objects.filter(pk=bob.pk).update(reachable_by=Reachable.NO_ONE)


def blocks(bob: Person, ada: Person) -> None:
    block(blocker_id=bob.pk, blocked_id=ada.pk)


@pytest.mark.parametrize("change", [closes, blocks])
def test_a_reply_to_whom_its_author_may_no_longer_reply_is_refused_and_can_be_hidden(
    change: Callable[[Person, Person], None], ada: Person, bob: Person, mona: Person, answered: Post
) -> None:
    reply, _ = comment(post_id=answered.pk, author=ada, body="Nice!")
    change(bob, ada)
    page = logged_in(mona).post(f"/moderation/cases/{case().pk}/", {"verb": "release", "posts": [reply.pk]})
    assert "does not let the author reply to them any more. You can hide this reply." in page.text
    with pytest.raises(ValidationError, match="does not let the author reply"):
        acts.dismiss(case_id=case().pk, moderator=mona)
    assert Post.objects.get(pk=reply.pk).waits
    decide(case().pk, mona, Verb.HIDE, post_ids=[reply.pk])
    assert not Case.objects.filter(closed_at=None).exists()


def test_whoever_read_all_before_it_was_released_has_not_read_it(
    ada: Person, bob: Person, mona: Person, deliver: Callable[[], int]
) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    post, _ = publish_post(author=ada, body="Good morning!")
    mark_all_read(person_id=bob.pk)
    decide(case().pk, mona, Verb.RELEASE, post_ids=[post.pk])
    deliver()
    (entry,) = inbox(bob.pk, kind="post").items
    assert (entry.id, entry.unread) == (f"p{post.pk}", True)


def test_a_reply_that_is_released_does_not_set_its_group_back(
    ada: Person, bob: Person, charlie: Person, mona: Person, answered: Post, deliver: Callable[[], int]
) -> None:
    settled(charlie)
    held, _ = comment(post_id=answered.pk, author=ada, body="Nice!")
    later, _ = comment(post_id=answered.pk, author=charlie, body="Very nice!")
    deliver()
    decide(case().pk, mona, Verb.RELEASE, post_ids=[held.pk])
    deliver()
    (entry,) = inbox(bob.pk, kind="comment").items
    assert entry.at > later.created_at
    assert entry.count == 2


def test_what_its_author_deleted_keeps_no_case_open(ada: Person, mona: Person) -> None:
    posts = [publish_post(author=ada, body=body)[0] for body in ("Good morning!", "Good evening!")]
    delete_post(post_id=posts[0].pk, by=ada)
    decide(case().pk, mona, Verb.RELEASE, post_ids=[posts[1].pk])
    assert not Case.objects.filter(closed_at=None).exists()
    assert not Hold.objects.filter(ended_at=None).exists()


def test_to_show_what_waits_again_settles_its_case(ada: Person, mona: Person) -> None:
    post, _ = publish_post(author=ada, body="Good morning!")
    acts.lift(verb=Verb.HIDE, person=ada, post_id=post.pk, moderator=mona)
    post.refresh_from_db()
    assert (post.hidden_at, Case.objects.filter(closed_at=None).exists()) == (None, False)


def test_what_waits_and_is_marked_as_sensitive_is_published_so(ada: Person, mona: Person) -> None:
    post, _ = publish_post(author=ada, body="Good morning!")
    decide(case().pk, mona, Verb.BLUR, post_ids=[post.pk])
    post.refresh_from_db()
    assert (post.hidden_at, post.sensitive) == (None, True)
    assert [action.verb for action in Action.objects.order_by("pk")] == ["hold", "blur", "release"]
    assert not Case.objects.filter(closed_at=None).exists()


def test_an_appeal_for_what_was_held_and_cannot_be_published_any_more_is_granted(
    ada: Person, bob: Person, mona: Person, max_: Person, answered: Post
) -> None:
    reply, _ = comment(post_id=answered.pk, author=ada, body="Nice!")
    (hidden,) = decide(case().pk, mona, Verb.HIDE, post_ids=[reply.pk])
    made = appeal(action=hidden, person=ada, words="It is a garden.")
    blocks(bob, ada)
    assert decide_appeal(appeal_id=made.pk, moderator=max_, granted=True).verb == Verb.RETRACT
    assert not Case.objects.filter(closed_at=None).exists()
