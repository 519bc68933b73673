"""An edit that looks like spam has its post wait for a look, as a new post would."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from notifications.history.audit import audit
from reactions.operations import comment
from reactions.queries import summaries
from socialapp.messaging.messages import PostPublished
from socialapp.messaging.models import OutboxMessage
from socialapp.moderation.models import Action, Case, Evidence, Hold, Signal, SpamRules, Verb
from socialapp.moderation.operations import acts
from socialapp.posts.models import Mention, Post
from socialapp.posts.operations import edit_post, publish_post
from socialapp.posts.queries import posts_tagged
from socialapp.users.models import Person
from socialapp.users.operations import choose_reachable
from socialapp.visibility import Reachable
from tests.people import logged_in
from tests.socialapp.moderation.test_acts import decide
from tests.socialapp.moderation.test_signals import SPAM, mentions, posts_of, settled

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def edited(ada: Person, bob: Person, rules: SpamRules, deliver: Callable[[], int]) -> Post:
    """The only post of Ada, who is new: it was innocent, and has a link now."""
    post, _ = publish_post(author=ada, body="Good morning! #morning")
    deliver()
    edit_post(post_id=post.pk, by=ada, body=SPAM)
    deliver()
    return Post.objects.get(pk=post.pk)


def test_a_post_that_is_edited_into_spam_waits_with_the_reasons(ada: Person, bob: Person, edited: Post) -> None:
    hold = Hold.objects.get()
    assert (edited.waits, hold.signals) == (True, [Signal.NEW_ACCOUNT, Signal.FIRST_LINK])
    assert (mentions(bob), posts_of(ada), posts_tagged("morning").items) == ([], 0, [])
    assert [each.text for each in Evidence.objects.all()] == [SPAM]
    assert Client().get(f"/posts/{edited.pk}/").status_code == 404
    page = logged_in(ada).get(f"/posts/{edited.pk}/").text
    assert ("waits for a look" in page, "A first post has a link in it." in page) == (True, True)
    assert audit().is_well


def test_it_is_released_once_as_old_as_it_is_and_notifies_whom_it_mentions_newly(
    ada: Person, bob: Person, mona: Person, edited: Post, deliver: Callable[[], int]
) -> None:
    published = OutboxMessage.objects.filter(name=PostPublished.__name__).count()
    decide(Case.objects.get().pk, mona, Verb.RELEASE, post_ids=[edited.pk])
    assert OutboxMessage.objects.filter(name=PostPublished.__name__).count() == published
    deliver()
    assert Post.objects.get(pk=edited.pk).created_at == edited.created_at
    assert (mentions(bob), posts_of(ada)) == ([edited.pk], 1)
    assert [[post.pk for post in posts_tagged(tag).items] for tag in ("aircraft", "morning")] == [[edited.pk], []]
    with pytest.raises(ValidationError):
        acts.act(moderator=mona, verb=Verb.RELEASE, person=ada, post_id=edited.pk)
    assert audit().is_well


def test_the_same_edit_again_finds_the_post_that_waits(
    ada: Person, edited: Post, api_of: Callable[[Person], APIClient]
) -> None:
    browser, page = logged_in(ada), f"/posts/{edited.pk}/edit/"
    assert browser.post(page, {"body": SPAM})["Location"] == f"/posts/{edited.pk}/"
    assert browser.post(page, {"body": "Another"}).status_code == 410
    address = f"/api/social/v1/posts/{edited.pk}/"
    assert api_of(ada).patch(address, {"body": SPAM}).json()["waits"] is True
    assert api_of(ada).patch(address, {"body": "Another"}).status_code == 404


def test_who_closes_mentions_after_a_post_mentioned_them_keeps_it_when_its_edit_is_released(
    ada: Person, bob: Person, mona: Person, rules: SpamRules
) -> None:
    post, _ = publish_post(author=ada, body="Good morning, @bob!")
    choose_reachable(person=bob, by=Reachable.NO_ONE)
    edit_post(post_id=post.pk, by=ada, body=SPAM)
    decide(Case.objects.get().pk, mona, Verb.RELEASE, post_ids=[post.pk])
    assert Mention.objects.get(post=post).person == bob


def test_what_was_released_waits_again_when_it_is_edited_again(ada: Person, mona: Person, edited: Post) -> None:
    acts.dismiss(case_id=Case.objects.get().pk, moderator=mona)
    edit_post(post_id=edited.pk, by=ada, body=f"{SPAM} Buy!")
    assert (Post.objects.get(pk=edited.pk).waits, Hold.objects.get().case.is_open) == (True, True)
    acts.dismiss(case_id=Case.objects.get(closed_at=None).pk, moderator=mona)
    assert (Post.objects.get(pk=edited.pk).hidden_at, posts_of(ada)) == (None, 1)


def test_what_moderators_hid_and_show_again_has_the_mentions_of_its_text(
    ada: Person, bob: Person, mona: Person, edited: Post, deliver: Callable[[], int]
) -> None:
    (hidden,) = decide(Case.objects.get().pk, mona, Verb.HIDE, post_ids=[edited.pk])
    acts.undo(action=hidden, moderator=mona)
    deliver()
    assert (mentions(bob), posts_of(ada)) == ([edited.pk], 1)


def test_a_reply_that_is_edited_into_spam_is_not_counted_until_it_is_released(
    ada: Person, bob: Person, mona: Person, rules: SpamRules
) -> None:
    settled(bob)
    post, _ = publish_post(author=bob, body="My garden")
    reply, _ = comment(post_id=post.pk, author=ada, body="Nice!")
    edit_post(post_id=reply.pk, by=ada, body="See https://zeppelins.example")
    assert summaries([post.pk], None)[post.pk]["comments"] == 0
    decide(Case.objects.get().pk, mona, Verb.RELEASE, post_ids=[reply.pk])
    assert summaries([post.pk], None)[post.pk]["comments"] == 1


def test_an_edit_of_something_else_or_by_somebody_else_holds_nothing_and_opens_no_case(
    ada: Person, bob: Person, rules: SpamRules
) -> None:
    rules.is_on = False
    post, _ = publish_post(author=ada, body=SPAM)
    rules.is_on = True
    assert edit_post(post_id=post.pk, by=ada, body=SPAM).waits is False
    with pytest.raises(PermissionDenied):
        edit_post(post_id=post.pk, by=bob, body=f"{SPAM} Buy!")
    assert (Hold.objects.count(), Case.objects.count(), Action.objects.count()) == (0, 0, 0)
    settled(ada)
    assert edit_post(post_id=post.pk, by=ada, body=f"{SPAM} Buy!").waits is False


def test_the_page_and_the_api_say_that_it_waits(
    ada: Person, rules: SpamRules, api_of: Callable[[Person | None], Client]
) -> None:
    posts = [publish_post(author=ada, body=body)[0] for body in ("Good morning!", "Good evening!")]
    rules.needed = 1
    answer = logged_in(ada).post(f"/posts/{posts[0].pk}/edit/", {"body": "Good day!"}, follow=True)
    assert "A moderator looks at this before others see it." in answer.text
    changed = api_of(ada).patch(f"/api/social/v1/posts/{posts[1].pk}/", {"body": "Good night!"}, format="json")
    assert (changed.status_code, changed.json()["waits"]) == (200, True)


def test_while_it_is_off_an_edit_asks_nothing_more(ada: Person, rules: SpamRules) -> None:
    post, _ = publish_post(author=ada, body="Good morning!")

    def asked(body: str) -> int:
        with CaptureQueriesContext(connection) as statements:
            edit_post(post_id=post.pk, by=ada, body=body)
        return len(statements)

    settled(ada)
    on = asked("See https://zeppelins.example @bob @dora @eve @fay")
    rules.is_on = False
    assert asked("See https://airships.example @bob @dora @eve @fay") == on - 1
