"""Posts that look like spam wait for a look: what holds them, who sees them, and that they go out once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from notifications.history.audit import audit
from notifications.inbox.queries import inbox
from reactions.operations import comment
from reactions.queries import summaries
from socialapp.counters.queries import counts
from socialapp.feeds.queries import home_feed, public_feed
from socialapp.follows.operations import follow_or_ask as follow
from socialapp.messaging.messages import PostPublished
from socialapp.messaging.models import OutboxMessage
from socialapp.moderation import signals
from socialapp.moderation.models import Action, Case, Hold, Signal, SpamRules, Verb
from socialapp.moderation.operations import acts
from socialapp.moderation.operations.bulk import decide_all
from socialapp.moderation.queries import held_posts
from socialapp.moderation.signals import know, signals_of
from socialapp.posts.framing import Framing
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, publish_post
from socialapp.posts.queries import posts_tagged
from socialapp.posts.screening import Draft
from socialapp.posts.sql import POSTS_OF_PERSON
from socialapp.users.models import Person
from socialapp.users.text_entities import names_in
from socialapp.visibility import Visibility
from tests.people import logged_in, new_person
from tests.socialapp.moderation.test_acts import decide

pytestmark = pytest.mark.django_db(transaction=True)
SPAM = "Cheap zeppelins at https://zeppelins.example @bob #aircraft"
HELD_BY = [Signal.NEW_ACCOUNT, Signal.FIRST_LINK]


@pytest.fixture
def held(ada: Person, bob: Person, rules: SpamRules, deliver: Callable[[], int]) -> Post:
    """The first post of Ada, who is new, with a link in it; Bob follows her."""
    follow(follower_id=bob.pk, followee_id=ada.pk)
    made, _ = publish_post(author=ada, body=SPAM, key="once")
    deliver()
    return made


def settled(person: Person) -> None:
    """Somebody's account is no longer new."""
    Person.objects.filter(pk=person.pk).update(joined_at=timezone.now() - timedelta(days=100))
    person.refresh_from_db()


def mentions(person: Person) -> list[int]:
    """The posts of whose mention somebody was notified."""
    return [entry.post.pk for entry in inbox(person.pk, kind="mention").items if entry.post]


def posts_of(person: Person) -> int:
    """How many posts of somebody are counted."""
    return counts([POSTS_OF_PERSON], [person.pk]).get((POSTS_OF_PERSON, person.pk), 0)


# --- What holds a post ---


def found(author: Person, body: str, rules: SpamRules) -> list[Signal]:
    return signals_of(Draft(author, body, names_in(body)), rules)


def test_a_new_account_whose_first_post_has_a_link_gives_two_signals(ada: Person, rules: SpamRules) -> None:
    assert found(ada, SPAM, rules) == HELD_BY
    assert found(ada, "Good morning, everybody who is here!", rules) == [Signal.NEW_ACCOUNT]
    settled(ada)
    assert found(ada, SPAM, rules) == [Signal.FIRST_LINK]
    publish_post(author=ada, body="Good morning!")
    assert found(ada, SPAM, rules) == []


def test_the_same_text_is_the_same_whoever_it_is_sent_to(ada: Person, rules: SpamRules) -> None:
    for name in ("bob", "charlie"):
        publish_post(author=ada, body=f"@{name} Look at these cheap zeppelins!")
    assert found(ada, "@dora look  at these CHEAP zeppelins!", rules) == [Signal.NEW_ACCOUNT, Signal.SAME_TEXT]
    assert found(ada, "@dora look at these dear zeppelins!", rules) == [Signal.NEW_ACCOUNT]


def test_names_alone_are_no_text_that_is_the_same(ada: Person, rules: SpamRules) -> None:
    for _ in range(2):
        Post.objects.create(author=ada, body="")
    assert found(ada, "@somebody_with_a_name @another_with_a_name", rules) == []
    assert found(ada, "@bob Thank you very much!", rules) == []


def test_who_follows_the_author_is_no_stranger(ada: Person, rules: SpamRules) -> None:
    people = [new_person(f"person{number}") for number in range(4)]
    body = "Hello " + " ".join(f"@{person.username}" for person in people)
    assert found(ada, body, rules) == [Signal.NEW_ACCOUNT, Signal.STRANGERS]
    follow(follower_id=people[0].pk, followee_id=ada.pk)
    assert found(ada, body, rules) == [Signal.NEW_ACCOUNT]


def test_fewer_signals_than_are_needed_hold_nothing_and_staff_is_never_held(ada: Person, rules: SpamRules) -> None:
    rules.needed = 3
    assert publish_post(author=ada, body=SPAM)[0].waits is False
    rules.needed = 1
    assert publish_post(author=ada, body="Good morning!")[0].waits is True
    ada.is_staff = True
    assert publish_post(author=ada, body="Good evening!")[0].waits is False


def test_it_costs_nothing_while_it_is_off_and_at_most_one_statement_while_it_is_on(
    ada: Person, rules: SpamRules, django_assert_num_queries: Any
) -> None:
    publish_post(author=ada, body="The first, after which limits know her.")
    settled(ada)
    plain, linked = "Hello.", "Hello, see https://example.org for more"
    rules.is_on = False
    with django_assert_num_queries(1):
        publish_post(author=ada, body=linked)
    rules.is_on = True
    with django_assert_num_queries(1):  # nothing could hold it
        publish_post(author=ada, body=plain)
    with django_assert_num_queries(2):
        publish_post(author=ada, body=linked)


def test_it_is_off_until_an_admin_turns_it_on_and_a_process_knows_it_for_half_a_minute(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(signals, "monotonic", lambda: now[0])
    monkeypatch.setattr(signals, "_known", {})
    assert publish_post(author=ada, body=SPAM)[0].waits is False
    SpamRules.objects.create(pk=1, is_on=True, needed=1)
    assert publish_post(author=ada, body=SPAM)[0].waits is False
    now[0] += signals.KNOWN_FOR_S + 1
    assert publish_post(author=ada, body=SPAM)[0].waits is True


# --- While it waits ---


def test_what_is_held_is_seen_by_its_author_alone_with_the_reasons(
    ada: Person, bob: Person, held: Post, api_of: Callable[[Person | None], Client]
) -> None:
    assert held.waits
    page = logged_in(ada).get(f"/posts/{held.pk}/").text
    assert ("waits for a look" in page, "The account is new." in page, "zeppelins" in page) == (True, True, True)
    assert "A first post has a link in it." in page
    assert "zeppelins" in logged_in(ada).get("/notices/").text
    answer = api_of(ada).get(f"/api/social/v1/posts/{held.pk}/").json()
    assert (answer["waits"], answer["body"]) == (True, SPAM)
    for browser in (logged_in(bob), Client()):
        assert browser.get(f"/posts/{held.pk}/").status_code == 404
    assert api_of(bob).get(f"/api/social/v1/posts/{held.pk}/").status_code == 404
    assert (public_feed().items, home_feed(bob.pk).items, posts_tagged("aircraft").items) == ([], [], [])
    assert (mentions(bob), posts_of(ada)) == ([], 0)
    assert audit().is_well


def test_a_post_sent_again_with_its_key_is_the_one_that_waits(ada: Person, held: Post) -> None:
    assert publish_post(author=ada, body=SPAM, key="once") == (held, False)
    assert Hold.objects.count() == 1


def test_the_page_that_writes_leads_to_what_waits(ada: Person, rules: SpamRules) -> None:
    answer = logged_in(ada).post("/posts/", {"body": SPAM, "visibility": "public"}, follow=True)
    assert "A moderator looks at this before others see it." in answer.text
    assert "The account is new." in answer.text


def test_its_author_can_delete_it_and_the_case_has_nothing_to_publish(ada: Person, mona: Person, held: Post) -> None:
    answer = logged_in(ada).post(f"/posts/{held.pk}/delete/", follow=True)
    assert "The post is deleted." in answer.text
    assert posts_of(ada) == 0
    case = Case.objects.get()
    with pytest.raises(ValidationError, match="Its author deleted this post"):
        decide(case.pk, mona, Verb.RELEASE, post_ids=[held.pk])
    acts.dismiss(case_id=case.pk, moderator=mona)
    assert (Case.objects.get().is_open, Post.objects.get(pk=held.pk).deleted_at is None) == (False, False)


def test_nobody_else_deletes_what_waits(bob: Person, held: Post) -> None:
    with pytest.raises(Post.DoesNotExist):
        delete_post(post_id=held.pk, by=bob)


# --- What moderators do ---


def test_moderators_see_each_reason_in_words(mona: Person, held: Post) -> None:
    case = Case.objects.get()
    queue = logged_in(mona).get("/moderation/?which=held").text
    assert ("1 post waits" in queue, "zeppelins" in queue) == (True, True)
    page = logged_in(mona).get(f"/moderation/cases/{case.pk}/").text
    for sentence in ("The account is new.", "A first post has a link in it.", "waits for a look", "Publish what waits"):
        assert sentence in page
    assert [(action.verb, action.moderator) for action in Action.objects.all()] == [("hold", None)]


def test_what_is_released_is_published_once_as_if_it_were_new(
    ada: Person, bob: Person, mona: Person, max_: Person, held: Post, deliver: Callable[[], int]
) -> None:
    case = Case.objects.get()
    answer = logged_in(mona).post(f"/moderation/cases/{case.pk}/", {"verb": "release", "posts": [held.pk]})
    assert answer.status_code == 302
    assert OutboxMessage.objects.filter(name=PostPublished.__name__).count() == 1
    deliver()
    with pytest.raises(ValidationError):
        acts.act(moderator=max_, verb=Verb.RELEASE, person=ada, post_id=held.pk)
    deliver()
    for feed in (public_feed(), home_feed(bob.pk)):
        assert [item.post for item in feed.items] == [held]
    assert [post.pk for post in posts_tagged("aircraft").items] == [held.pk]
    assert (mentions(bob), posts_of(ada)) == ([held.pk], 1)
    assert [entry.excerpt for entry in inbox(ada.pk, kind="moderation").items] == [
        "A post of yours that waited is published now"
    ]
    assert not Case.objects.get().is_open
    assert audit().is_well


def test_a_reply_that_was_held_is_counted_and_notifies_when_it_is_released(
    ada: Person, bob: Person, mona: Person, rules: SpamRules, deliver: Callable[[], int]
) -> None:
    settled(bob)
    post, _ = publish_post(author=bob, body="My garden")
    reply, _ = comment(post_id=post.pk, author=ada, body="See https://zeppelins.example @mona")
    deliver()
    assert (reply.waits, summaries([post.pk], None)[post.pk]["comments"]) == (True, 0)
    assert (inbox(bob.pk).items, mentions(mona)) == ([], [])
    decide(Case.objects.get().pk, mona, Verb.RELEASE, post_ids=[reply.pk])
    deliver()
    assert summaries([post.pk], None)[post.pk]["comments"] == 1
    assert [entry.kind for entry in inbox(bob.pk).items] == ["comment"]
    assert mentions(mona) == [reply.pk]
    assert audit().is_well


def test_a_direct_post_that_was_held_reaches_whom_it_mentions_when_it_is_released(
    ada: Person, bob: Person, mona: Person, rules: SpamRules, deliver: Callable[[], int]
) -> None:
    post, _ = publish_post(author=ada, body=SPAM, framing=Framing(Visibility.DIRECT))
    deliver()
    assert (mentions(bob), Post.objects.visible_to(bob.pk).count()) == ([], 0)
    decide(Case.objects.get().pk, mona, Verb.RELEASE, post_ids=[post.pk])
    assert not OutboxMessage.objects.filter(name=PostPublished.__name__).exists()
    deliver()
    assert (mentions(bob), Post.objects.visible_to(bob.pk).count()) == ([post.pk], 1)


def test_to_dismiss_the_case_publishes_what_waits_in_it(mona: Person, held: Post) -> None:
    acts.dismiss(case_id=Case.objects.get().pk, moderator=mona)
    held.refresh_from_db()
    assert (held.hidden_at, Case.objects.get().is_open) == (None, False)
    assert [action.verb for action in Action.objects.order_by("pk")] == ["hold", "release", "dismiss"]


def test_to_act_against_the_author_hides_what_waits_for_the_same_reason(
    ada: Person, bob: Person, mona: Person, held: Post, deliver: Callable[[], int]
) -> None:
    decide(Case.objects.get().pk, mona, Verb.SUSPEND, words="Fraud")
    held.refresh_from_db()
    assert (held.waits, held.hidden_reason, Case.objects.get().is_open) == (False, "Fraud", False)
    for action in Action.objects.filter(verb__in=[Verb.SUSPEND, Verb.HIDE]).order_by("pk"):
        acts.undo(action=action, moderator=mona)
    deliver()
    # It was never seen before, so it is published now, and they are notified who were not.
    assert (mentions(bob), [post.pk for post in posts_tagged("aircraft").items]) == ([held.pk], [held.pk])
    assert audit().is_well


def test_spam_is_removed_for_good_in_bulk(mona: Person, held: Post) -> None:
    done = decide_all(moderator=mona, case_ids=[Case.objects.get().pk], verb=Verb.REMOVE, rule=None, words="Spam")
    assert (done, Post.objects.filter(pk=held.pk).exists(), Case.objects.get().is_open) == ((1, []), False, False)
    assert held_posts(held.author) == []


def test_an_admin_turns_it_on(ada: Person) -> None:
    ada.is_staff = ada.is_superuser = True
    ada.save()
    browser = logged_in(ada)
    values = {"is_on": "on", "needed": 2, "new_for_days": 3, "same_times": 2, "strangers": 4}
    assert browser.post("/admin/moderation/spamrules/add/", values).status_code == 302
    assert (SpamRules.objects.get().pk, signals.spam_rules().is_on) == (1, True)
    assert browser.get("/admin/moderation/spamrules/add/").status_code == 403
    assert "A post that looks like spam waits" in Client().get("/about/moderation/").text
    know(SpamRules(), for_s=3600)
