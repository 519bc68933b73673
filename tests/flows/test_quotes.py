"""What the inbox, mail and push show is what was written: the comment itself, how many there are, and the way to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from notifications.deliveries.send import deliver as send
from notifications.inbox import queries
from notifications.inbox.queries import Entry
from notifications.inbox.sentences import sentence
from notifications.live.updates import updates_for
from notifications.models import Kind
from reactions import operations as reactions
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, edit_post, hide_post, publish_post
from socialapp.posts.sql import BRANCHES
from socialapp.users.models import Person
from tests.notifications.fakes import Other, pass_time
from tests.people import logged_in, new_person

pytestmark = pytest.mark.django_db

Deliver = Callable[[], int]
ApiOf = Callable[[Person | None], APIClient]


def comment(post: Post, author: Person, body: str, to: Post | None = None) -> Post:
    """A comment, or a reply."""
    return reactions.comment(post_id=(to or post).pk, author=author, body=body)[0]


def entries(person: Person, kind: Kind | None = None) -> list[Entry]:
    """The first page of an inbox."""
    return queries.inbox(person.pk, kind=kind).items


def test_a_comment_a_reply_and_a_mention_in_one_are_shown_themselves(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    asked = comment(post, bob, "Is it still morning, @charlie?")
    comment(post, ada, "It always is.", to=asked)
    deliver()

    for person, excerpt in (
        (ada, "Is it still morning, @charlie?"),
        (bob, "It always is."),
        (charlie, "Is it still morning, @charlie?"),
    ):
        assert [entry.excerpt for entry in entries(person)] == [excerpt]
        page = logged_in(person).get("/inbox/").text
        assert excerpt in page
        assert "Good morning!" not in page


def test_a_mention_in_a_post_and_a_like_show_the_post(ada: Person, bob: Person, post: Post, deliver: Deliver) -> None:
    reactions.like(post_id=post.pk, person_id=bob.pk)
    publish_post(author=ada, body="Good evening, @bob!")
    deliver()
    assert [entry.excerpt for entry in entries(ada)] == ["Good morning!"]
    assert [entry.excerpt for entry in entries(bob)] == ["Good evening, @bob!"]


def test_several_comments_of_few_people_are_counted(
    ada: Person, bob: Person, charlie: Person, post: Post, deliver: Deliver
) -> None:
    asked = comment(post, ada, "Any questions?")
    for n in range(3):
        comment(post, bob, f"Question {n}", to=asked)
        comment(post, charlie, f"Remark {n}, @bob")
    deliver()
    for kind, said, excerpt in (
        (Kind.REPLY, "Bob wrote you 3 replies", "Question 2"),
        (Kind.COMMENT, "Charlie wrote 3 comments on your post", "Remark 2, @bob"),
    ):
        (entry,) = entries(ada, kind)
        assert (sentence(entry), entry.excerpt, entry.times) == (said, excerpt, 3)
    # Each mention is of a post of its own.
    mentions = [(sentence(entry), entry.excerpt) for entry in entries(bob, Kind.MENTION)]
    assert mentions == [("Charlie mentioned you", f"Remark {n}, @bob") for n in (2, 1, 0)]


def test_those_who_are_not_named_are_counted(ada: Person, post: Post, deliver: Deliver) -> None:
    for n in range(5):
        comment(post, new_person(f"guest{n}"), f"Hello {n}")
    deliver()
    (entry,) = entries(ada)
    assert sentence(entry) == "Guest4, Guest3, Guest2 and 2 others commented on your post"
    assert entry.excerpt == "Hello 4"


def test_an_edited_comment_is_shown_as_it_reads_now(ada: Person, bob: Person, post: Post, deliver: Deliver) -> None:
    made = comment(post, bob, "Frist!")
    deliver()
    edit_post(post_id=made.pk, by=bob, body="First!")
    assert [entry.excerpt for entry in entries(ada)] == ["First!"]


def _delete(made: Post) -> None:
    delete_post(post_id=made.pk, by=made.author)


def _hide(made: Post) -> None:
    hide_post(post_id=made.pk, reason="spam")


@pytest.mark.parametrize("remove", [_delete, _hide])
def test_what_was_deleted_or_hidden_is_never_shown(
    remove: Callable[[Post], None], ada: Person, bob: Person, post: Post, api_of: ApiOf, deliver: Deliver
) -> None:
    """Neither before the message of it is acted on, nor after."""
    comment(post, bob, "Kind words")
    regretted = comment(post, bob, "Harsh words")
    deliver()
    remove(regretted)
    for _ in range(2):
        assert [entry.excerpt for entry in entries(ada)] == ["Kind words"]
        assert "Harsh words" not in logged_in(ada).get("/inbox/").text
        assert "Harsh words" not in api_of(ada).get("/api/social/v1/notifications/").text
        deliver()
    remove(Post.objects.get(body="Kind words"))
    assert [(entry.excerpt, entry.reply_id) for entry in entries(ada)] == [("", None)]
    assert "Good morning!" not in logged_in(ada).get("/inbox/").text


def test_the_link_leads_to_the_comment(ada: Person, bob: Person, post: Post, deliver: Deliver) -> None:
    made = comment(post, bob, "Here")
    deliver()
    (entry,) = entries(ada)
    visited = logged_in(ada).post(f"/inbox/{entry.id}/")
    assert visited["Location"] == f"/posts/{made.pk}/"
    assert "Good morning!" in logged_in(ada).get(visited["Location"]).text  # and what it answers is above it


def test_the_link_leads_to_the_comment_however_many_there_are_and_however_deep_it_stands(
    ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    for n in range(BRANCHES + 1):
        made = comment(post, bob, f"{n}")
    for n in range(10):
        made = comment(post, (bob, ada)[n % 2], f"Deep {n}", to=made)
    made = comment(post, bob, "The last", to=made)
    deliver()
    newest, *_ = entries(ada, Kind.REPLY)
    browser = logged_in(ada)
    page = browser.get(browser.post(f"/inbox/{newest.id}/")["Location"]).text
    assert f'id="post-{made.pk}"' in page
    assert "The last" in page
    (entry,) = entries(ada, Kind.COMMENT)
    page = browser.get(browser.post(f"/inbox/{entry.id}/")["Location"]).text
    assert f'id="post-{entry.reply_id}"' in page


def test_the_api_and_the_news_carry_the_comment(
    ada: Person, bob: Person, post: Post, api_of: ApiOf, deliver: Deliver
) -> None:
    before = updates_for(ada.pk, None, posts=[], with_entries=True)
    made = comment(post, bob, "Read me")
    deliver()
    api = api_of(ada)
    (listed,) = api.get("/api/social/v1/notifications/").json()["results"]
    news = api.get("/api/social/v1/notifications/news/", {"after": before["cursor"], "entries": "true"}).json()
    for found in (listed, *news["entries"]):
        assert (found["comment"], found["excerpt"], found["post"]) == (made.pk, "Read me", post.pk)


def test_mail_and_push_show_the_comment_and_lead_to_it(
    other: Other, ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    other.mail_of(ada)
    _, browser = other.browser_of(ada)
    made = comment(post, bob, "Read <me> & weep")
    deliver()
    pass_time(timedelta(minutes=4))
    send("email")
    send("push")

    place = f"/posts/{made.pk}/"
    (arrived,) = other.fakes.mail.mails
    assert "Read <me> & weep" in arrived.part("plain")
    assert "Read &lt;me&gt; &amp; weep" in arrived.part("html")
    for part in ("plain", "html"):
        assert place in arrived.part(part)
        assert "Good morning!" not in arrived.part(part)
    (message,) = browser.messages
    assert (message["body"], message["url"].endswith(place)) == ("Read <me> & weep", True)


def test_each_webhook_carries_the_comment_that_it_is_about(
    other: Other, ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    """Also when another one came before it was sent."""
    _, receiver = other.webhook_of(ada)
    first = comment(post, bob, "One")
    deliver()
    other.script("webhook", "500")
    send("webhook")
    second = comment(post, bob, "Two")
    deliver()
    pass_time(timedelta(minutes=1))
    send("webhook")
    carried: list[dict[str, Any]] = [body["data"] for body in receiver.messages]
    assert {(data["comment"], data["excerpt"]) for data in carried} == {(first.pk, "One"), (second.pk, "Two")}


@pytest.mark.parametrize("before", range(120, 175, 6))
def test_a_long_comment_is_shortened_between_letters_and_not_within_a_link(
    before: int, ada: Person, bob: Person, post: Post, deliver: Deliver
) -> None:
    family, link = "👨‍👩‍👧‍👦", "https://example.org/a/long/way/to/go"
    comment(post, bob, "x" * (before - 1) + f" {link} and more" + " words" * 40)
    comment(post, bob, "x" * (before - 110) + family * 40)
    deliver()
    (entry,) = entries(ada)
    assert len(entry.excerpt) <= queries.EXCERPT
    assert entry.excerpt.rstrip("…").lstrip("x").replace(family, "") == ""
    delete_post(post_id=entry.reply_id or 0, by=bob)
    deliver()
    (entry,) = entries(ada)
    assert len(entry.excerpt) <= queries.EXCERPT
    assert "https" not in entry.excerpt or link in entry.excerpt
