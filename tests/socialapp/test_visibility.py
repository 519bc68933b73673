"""For whom a post is: who may see it, react to it and reply to it, and what is counted and notified."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models.functions import Now
from rest_framework.test import APIClient

from notifications.history.audit import audit
from notifications.inbox.queries import inbox
from reactions import operations as reactions
from reactions.queries import summaries
from socialapp import sql
from socialapp.counters.queries import counts
from socialapp.feeds.queries import home_feed, profile_feed, profile_replies, public_feed
from socialapp.follows.models import Block
from socialapp.follows.operations import block, follow, unfollow
from socialapp.messaging.consumer import consume
from socialapp.posts.conversations import replies_to, summarise_as_listed
from socialapp.posts.framing import Framing, TooWide
from socialapp.posts.models import Mention, Post
from socialapp.posts.operations import edit_post, publish_post
from socialapp.posts.queries import posts_tagged
from socialapp.posts.sql import POSTS_OF_PERSON
from socialapp.search.queries import find_posts
from socialapp.search.query import parse
from socialapp.users.models import Person
from socialapp.visibility import NARROWER, Visibility
from tests.people import new_person

pytestmark = pytest.mark.django_db(transaction=True)

PUBLIC, UNLISTED, FOLLOWERS, DIRECT = NARROWER


def write(author: Person, body: str, visibility: Visibility | None = PUBLIC, **others: Any) -> Post:
    made, _ = publish_post(author=author, body=body, framing=Framing(visibility, **others))
    return made


def reply(author: Person, to: Post, body: str, visibility: Visibility | None = None) -> Post:
    made, _ = reactions.comment(post_id=to.pk, author=author, body=body, framing=Framing(visibility))
    return made


@pytest.fixture
def cast(ada: Person, bob: Person, charlie: Person) -> dict[str, Person]:
    """Ada writes; each other stands to her as the name says."""
    people = {"author": ada, "follower": bob, "nobody": charlie}
    people |= {name: new_person(name) for name in ("mentioned", "blocked", "blocking")}
    follow(follower_id=bob.pk, followee_id=ada.pk)
    block(blocker_id=ada.pk, blocked_id=people["blocked"].pk)
    block(blocker_id=people["blocking"].pk, blocked_id=ada.pk)
    return people


MAY_SEE = {
    PUBLIC: {"stranger", "author", "follower", "nobody", "mentioned"},
    UNLISTED: {"stranger", "author", "follower", "nobody", "mentioned"},
    FOLLOWERS: {"author", "follower", "mentioned"},
    DIRECT: {"author", "mentioned"},
}


def test_who_may_see_is_one_rule_in_sql_and_on_the_queryset(cast: dict[str, Person]) -> None:
    body = "Hello @mentioned, @blocked and @blocking"
    posts = {visibility: write(cast["author"], body, visibility) for visibility in Visibility}
    found: dict[str, dict[Visibility, set[str]]] = {"sql": {}, "each": {}, "queryset": {}}
    viewers = {"stranger": None, **{name: person.pk for name, person in cast.items()}}
    for visibility, post in posts.items():
        for way, by_visibility in found.items():
            by_visibility[visibility] = {name for name, id_ in viewers.items() if seen(way, post, id_)}
    assert found == {"sql": MAY_SEE, "each": MAY_SEE, "queryset": MAY_SEE}


def test_a_block_takes_nothing_from_what_somebody_may_report(cast: dict[str, Person]) -> None:
    """Of what was for others, it is what they were sent before the block."""
    body = "Hello @mentioned, @blocked and @blocking"
    posts = {each: write(cast["author"], body, each) for each in Visibility}
    pair = {"blocked", "blocking"}

    def reporters(post: Post) -> set[str]:
        found = {name: Post.objects.reportable_by(person.pk).filter(pk=post.pk) for name, person in cast.items()}
        return {name for name, posts in found.items() if posts.exists()}

    may_see = {each: MAY_SEE[each] - {"stranger"} for each in Visibility}
    assert {each: reporters(post) for each, post in posts.items()} == {
        each: may_see[each] | (pair if each.is_open else set()) for each in Visibility
    }
    Block.objects.update(created_at=Now())
    assert {each: reporters(post) for each, post in posts.items()} == {
        each: may_see[each] | pair for each in Visibility
    }


def seen(way: str, post: Post, viewer_id: int | None) -> bool:
    if way == "queryset":
        return Post.objects.visible_to(viewer_id).filter(pk=post.pk).exists()
    rule = sql.visible_to if way == "sql" else sql.visible_to_each
    condition = rule("%(viewer)s::bigint", "post", "author")
    source = "posts_post AS post JOIN users_person AS author ON author.id = post.author_id"
    with connection.cursor() as cursor:
        statement = f"SELECT count(*) FROM {source} WHERE post.id = %(post)s AND {condition}"
        cursor.execute(statement, {"post": post.pk, "viewer": viewer_id})
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("visibility", Visibility)
def test_whoever_may_see_a_post_may_like_it_and_reply_and_nobody_else(
    cast: dict[str, Person], visibility: Visibility
) -> None:
    post = write(cast["author"], "Hello @mentioned, @blocked and @blocking", visibility)
    liked, replied = set(), set()
    for name, person in cast.items():
        if succeeds(reactions.like, post_id=post.pk, person_id=person.pk):
            liked.add(name)
        if succeeds(reactions.comment, post_id=post.pk, author=person, body="Yes"):
            replied.add(name)
    assert liked == replied == MAY_SEE[visibility] - {"stranger"}


def succeeds(act: Callable[..., Any], **values: Any) -> bool:
    try:
        act(**values)
    except Post.DoesNotExist:
        return False
    return True


@pytest.mark.parametrize("visibility", [FOLLOWERS, DIRECT])
def test_what_is_not_for_everybody_is_not_shared_and_whoever_may_see_it_hears_why(
    cast: dict[str, Person], visibility: Visibility, api_of: Callable[[Person | None], APIClient]
) -> None:
    post = write(cast["author"], "Hello @mentioned", visibility)
    for name in ("author", "mentioned"):
        with pytest.raises(ValidationError, match="not for everybody"):
            reactions.share(post_id=post.pk, person_id=cast[name].pk)
        answer = api_of(cast[name]).put(f"/api/social/v1/posts/{post.pk}/share/")
        assert (answer.status_code, "not for everybody" in answer.text) == (400, True)
    with pytest.raises(Post.DoesNotExist):
        reactions.share(post_id=post.pk, person_id=cast["nobody"].pk)
    assert api_of(cast["nobody"]).put(f"/api/social/v1/posts/{post.pk}/share/").status_code == 404


def test_where_a_post_is_listed_depends_on_whom_it_is_for(ada: Person, bob: Person, charlie: Person) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    posts = {visibility: write(ada, "Pears @charlie #fruit", visibility) for visibility in Visibility}
    name_of = {post.pk: visibility for visibility, post in posts.items()}

    def listed(page: Any) -> set[Visibility]:
        return {name_of[item.post.pk if hasattr(item, "post") else item.pk] for item in page.items}

    assert listed(home_feed(bob.pk)) == listed(home_feed(ada.pk)) == {PUBLIC, UNLISTED, FOLLOWERS}
    assert listed(home_feed(charlie.pk)) == set()
    assert listed(profile_feed(ada.pk, viewer_id=bob.pk)) == {PUBLIC, UNLISTED, FOLLOWERS}
    assert listed(profile_feed(ada.pk, viewer_id=ada.pk)) == {PUBLIC, UNLISTED, FOLLOWERS}
    assert listed(profile_feed(ada.pk, viewer_id=charlie.pk)) == {PUBLIC, UNLISTED, FOLLOWERS}  # it mentions him
    assert listed(profile_feed(ada.pk, viewer_id=new_person("dora").pk)) == {PUBLIC, UNLISTED}
    assert listed(profile_feed(ada.pk, viewer_id=None)) == {PUBLIC, UNLISTED}
    for viewer_id in (None, ada.pk, bob.pk, charlie.pk):
        assert listed(public_feed(viewer_id=viewer_id)) == {PUBLIC}
        assert listed(posts_tagged("fruit", viewer_id=viewer_id)) == {PUBLIC}
        assert listed(find_posts(parse("pears"), viewer_id)) == {PUBLIC}
    assert counts([POSTS_OF_PERSON], [ada.pk]) == {(POSTS_OF_PERSON, ada.pk): 3}


def test_replies_on_a_profile_are_for_whom_each_is(ada: Person, bob: Person, charlie: Person, post: Post) -> None:
    made = [reply(bob, post, "Hm @charlie", visibility) for visibility in Visibility]
    by_charlie = [item.post.visibility for item in profile_replies(bob.pk, viewer_id=charlie.pk).items]
    assert by_charlie == [FOLLOWERS, UNLISTED, PUBLIC]
    assert [item.post.visibility for item in profile_replies(bob.pk).items] == [UNLISTED, PUBLIC]
    assert [one.visibility for one in made] == list(Visibility)


@pytest.mark.parametrize("widest", Visibility)
def test_a_reply_is_for_no_more_people_than_what_it_answers(ada: Person, bob: Person, widest: Visibility) -> None:
    post = write(ada, "Hello @bob", widest)
    assert reply(bob, post, "As wide as may be").visibility == widest
    for asked in Visibility:
        if NARROWER.index(asked) < NARROWER.index(widest):
            with pytest.raises(TooWide):
                reply(bob, post, "Wider", asked)
        else:
            made = reply(bob, post, "Not wider", asked)
            assert Post.objects.get(pk=made.pk).visibility == made.visibility == asked
    assert not Post.objects.filter(body="Wider").exists()


def test_below_a_post_are_counted_for_all_only_replies_that_all_may_read(
    ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    for visibility in Visibility:
        reply(bob, post, "Hm", visibility)
    assert summaries([post.pk], None)[post.pk]["comments"] == 2
    for viewer_id, n in ((None, 2), (charlie.pk, 2), (ada.pk, 4), (bob.pk, 4)):
        (listed,) = summarise_as_listed([Post.objects.get(pk=post.pk)], viewer_id)
        assert (listed.summary["comments"], len(replies_to(post, None, 20, viewer_id).items)) == (n, n)


def test_a_reply_that_is_not_open_reaches_whom_it_answers_and_whom_it_names(
    ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    dora = new_person("dora")
    first = reply(bob, post, "I think so")
    consume()
    secret = reply(charlie, first, "Between us, with @dora", DIRECT)
    consume()
    assert set(Mention.objects.filter(post=secret).values_list("person_id", flat=True)) == {bob.pk, dora.pk}
    heard = {person.username: [entry.kind for entry in inbox(person.pk).items] for person in (ada, bob, dora)}
    assert heard == {"ada": ["comment"], "bob": ["reply"], "dora": ["mention"]}
    assert (inbox(bob.pk).items[0].excerpt, inbox(dora.pk).items[0].excerpt) == ("Between us, with @dora",) * 2
    named = reply(charlie, first, "And now @ada, too", DIRECT)
    consume()
    newest = inbox(ada.pk).items[0]
    assert (newest.kind, newest.excerpt) == ("mention", named.body)
    # An edit that names other people: whoever is answered keeps the right to see it.
    edit_post(post_id=secret.pk, by=charlie, body="Between us")
    consume()
    assert set(Mention.objects.filter(post=secret).values_list("person_id", flat=True)) == {bob.pk}
    assert inbox(dora.pk).items == []
    assert audit().is_well


@pytest.mark.parametrize("loses", ["unfollows", "is blocked"])
def test_words_go_from_inboxes_with_the_right_to_see_them(ada: Person, bob: Person, loses: str) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    ours = write(bob, "What do you say?")
    write(ada, "For followers", FOLLOWERS)
    made = reply(ada, ours, "Only followers read this", FOLLOWERS)
    consume()
    assert [(entry.kind, entry.excerpt) for entry in inbox(bob.pk).items] == [
        ("comment", "Only followers read this"), ("post", "For followers"),
    ]  # fmt: skip
    if loses == "unfollows":
        unfollow(follower_id=bob.pk, followee_id=ada.pk)
        Mention.objects.filter(post=made).delete()
    else:
        block(blocker_id=ada.pk, blocked_id=bob.pk)
    # The messages were not handled yet: it is the reading that asks.
    assert [(entry.kind, entry.excerpt) for entry in inbox(bob.pk).items] == [("comment", "")]


def test_what_is_direct_is_announced_to_nobody(ada: Person, bob: Person) -> None:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    write(ada, "For nobody", DIRECT)
    consume()
    assert inbox(bob.pk).items == []
    assert counts([POSTS_OF_PERSON], [ada.pk]) == {}


def test_an_edit_changes_how_a_post_is_shown_and_not_for_whom_it_is(
    ada: Person, api_of: Callable[[Person | None], APIClient]
) -> None:
    api = api_of(ada)
    body = {"body": "Eins", "visibility": "followers", "warning": " Sad  news ", "sensitive": True, "language": "de"}
    made = api.post("/api/social/v1/posts/", body).json()
    assert {name: made[name] for name in body} == body | {"warning": "Sad news"}
    changed = api.patch(f"/api/social/v1/posts/{made['id']}/", {"warning": "", "visibility": "public"}).json()
    assert (changed["visibility"], changed["warning"], changed["sensitive"]) == ("followers", "", True)
    assert changed["edited_at"]
    again = api.patch(f"/api/social/v1/posts/{made['id']}/", {"language": "en-GB", "sensitive": False}).json()
    assert (again["language"], again["sensitive"], again["body"]) == ("en-GB", False, "Eins")


@pytest.mark.parametrize(
    ("field", "value"),
    [("visibility", "private"), ("language", "Klingon!"), ("language", "x" * 36), ("warning", "x" * 201)],
)
def test_what_is_no_way_to_show_a_post_is_refused(
    ada: Person, api_of: Callable[[Person | None], APIClient], field: str, value: str
) -> None:
    answer = api_of(ada).post("/api/social/v1/posts/", {"body": "Hello", field: value})
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
    assert not Post.objects.exists()


def test_a_post_sent_twice_is_one_and_not_with_another_audience(
    ada: Person, api_of: Callable[[Person | None], APIClient]
) -> None:
    api, body = api_of(ada), {"body": "Once", "visibility": "followers"}
    answers = [api.post("/api/social/v1/posts/", body, HTTP_IDEMPOTENCY_KEY="one") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    other = api.post("/api/social/v1/posts/", body | {"visibility": "public"}, HTTP_IDEMPOTENCY_KEY="one")
    assert other.status_code == 422


def test_a_quote_of_what_has_a_warning_is_the_warning(ada: Person, bob: Person) -> None:
    write(ada, "The butler did it, @bob", PUBLIC, warning="End of the film")
    consume()
    assert [entry.excerpt for entry in inbox(bob.pk).items] == ["End of the film"]
