"""Whoever is silenced stays, for followers and by their address; lists of everybody leave them out."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from notifications.inbox.queries import inbox
from notifications.inbox.strangers import accept, box_of
from notifications.models import GroupMember
from reactions.operations import comment, like
from socialapp.feeds.queries import home_feed
from socialapp.feeds.suggestions import people_to_follow
from socialapp.follows.follow_requests import set_locked
from socialapp.follows.operations import follow_or_ask as follow
from socialapp.follows.queries import waiting_requests
from socialapp.moderation.models import Verb
from socialapp.moderation.operations import appeals
from socialapp.moderation.operations.acts import act, undo
from socialapp.moderation.operations.effects import standing
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.search.queries import complete_people, find_posts, tags_beginning, trending_tags
from socialapp.search.query import parse
from socialapp.users.models import Person
from socialapp.users.queries import find_people
from tests.people import logged_in, new_person

ApiOf = Callable[[Person | None], Client]
VIEWERS = ("ada", "follower", "nobody", "stranger")
FINDERS = {"ada", "follower"}


@dataclass(frozen=True)
class Silenced:
    """Ada, who is silenced, her post, and those who look for her."""

    post: Post
    people: dict[str, Person | None]

    def id_of(self, viewer: str) -> int | None:
        person = self.people[viewer]
        return person.pk if person else None

    def browser_of(self, viewer: str) -> Client:
        person = self.people[viewer]
        return logged_in(person) if person else Client()


@pytest.fixture
def silenced(ada: Person, bob: Person, charlie: Person, mona: Person, deliver: Callable[[], int]) -> Silenced:
    follow(follower_id=bob.pk, followee_id=ada.pk)
    post, _ = publish_post(author=ada, body="Cheap zeppelins #aircraft")
    act(moderator=mona, verb=Verb.SILENCE, person=ada, words="Too loud")
    deliver()
    ada.refresh_from_db()
    return Silenced(post, {"ada": ada, "follower": bob, "nobody": charlie, "stranger": None})


ADDRESSES = {
    "the public feed": "/public/",
    "a search": "/search/?q=zeppelins",
    "a search by author": "/search/?q=from:ada",
    "a hashtag": "/tags/aircraft/",
}


@pytest.mark.parametrize("place", ADDRESSES)
def test_only_followers_find_the_posts_of_the_silenced(silenced: Silenced, place: str) -> None:
    word = f"/posts/{silenced.post.pk}/"
    found = {viewer for viewer in VIEWERS if word in silenced.browser_of(viewer).get(ADDRESSES[place]).text}
    assert found == FINDERS


# An address, and how she would be seen there.
FINDING = {
    "the list of people": ("/people/", 'href="/@ada/"'),
    "a search for people": ("/people/?q=ada", 'href="/@ada/"'),
    "a search for posts": ("/search/?q=ada", 'href="/@ada/"'),
    "completion": ("/search/complete/?q=@ada", "@ada"),
    "the API": ("/api/social/v1/people/?q=ada", '"ada"'),
}


@pytest.mark.parametrize("place", FINDING)
def test_only_followers_find_the_silenced(silenced: Silenced, api_of: ApiOf, place: str) -> None:
    address, sign = FINDING[place]
    # Her own pages all name her.
    browsers = {viewer: silenced.browser_of(viewer) for viewer in VIEWERS if viewer != "ada"}
    if place == "the API":
        browsers = {viewer: api_of(silenced.people[viewer]) for viewer in browsers}
    assert {viewer for viewer, browser in browsers.items() if sign in browser.get(address).text} == {"follower"}


def test_each_way_to_find_them_asks_the_same_rule(silenced: Silenced) -> None:
    ways: dict[str, Callable[[int | None], bool]] = {
        "people": lambda viewer: bool(find_people("ada", viewer)),
        "completion": lambda viewer: bool(complete_people("ada", viewer or 0)),
        "posts": lambda viewer: bool(find_posts(parse("zeppelins"), viewer).items),
        "listed": lambda viewer: Post.objects.listed(viewer).exists(),
    }
    found = {way: {viewer for viewer in VIEWERS if asks(silenced.id_of(viewer))} for way, asks in ways.items()}
    assert found == dict.fromkeys(ways, FINDERS)


def test_their_hashtags_are_neither_trends_nor_completed(silenced: Silenced) -> None:
    assert (trending_tags(), tags_beginning("air")) == ([], [])


def test_they_are_not_suggested(silenced: Silenced, charlie: Person) -> None:
    assert people_to_follow(charlie.pk) == []


def test_their_profile_and_posts_stay_for_all_who_have_the_address(silenced: Silenced) -> None:
    for viewer in VIEWERS:
        browser = silenced.browser_of(viewer)
        assert "zeppelins" in browser.get("/@ada/").text
        page = browser.get(f"/posts/{silenced.post.pk}/").text
        assert ("zeppelins" in page, '<meta name="robots" content="noindex">' in page) == (True, True)


def test_followers_have_them_in_their_feed_and_are_notified(
    silenced: Silenced, ada: Person, bob: Person, deliver: Callable[[], int]
) -> None:
    publish_post(author=ada, body="@bob, look!")
    theirs, _ = publish_post(author=bob, body="I am looking.")
    like(post_id=theirs.pk, person_id=ada.pk)
    deliver()
    assert [item.post.body for item in home_feed(bob.pk).items if item.post.author == ada] == [
        "@bob, look!",
        "Cheap zeppelins #aircraft",
    ]
    assert {entry.kind for entry in inbox(bob.pk).items} >= {"mention", "like"}


def test_whoever_does_not_follow_them_finds_their_notices_filtered_and_may_accept_them(
    silenced: Silenced, ada: Person, charlie: Person, deliver: Callable[[], int]
) -> None:
    theirs, _ = publish_post(author=charlie, body="My garden")
    like(post_id=theirs.pk, person_id=ada.pk)
    comment(post_id=theirs.pk, author=ada, body="Buy zeppelins")
    publish_post(author=ada, body="@charlie, buy zeppelins")
    follow(follower_id=ada.pk, followee_id=charlie.pk)
    deliver()
    assert inbox(charlie.pk).items == []
    assert [each.stranger for each in box_of(charlie.pk)] == [ada]
    accept(person_id=charlie.pk, stranger_id=ada.pk)
    deliver()
    assert {entry.kind for entry in inbox(charlie.pk).items} == {"like", "comment", "mention", "follow"}


def test_what_they_ask_a_locked_account_waits_on_its_page_and_notifies_nobody(
    silenced: Silenced, ada: Person, deliver: Callable[[], int]
) -> None:
    locked = new_person("locked")
    set_locked(person=locked, locked=True)
    follow(follower_id=ada.pk, followee_id=locked.pk)
    deliver()
    assert waiting_requests(locked.pk) == 1
    assert inbox(locked.pk).items == []
    assert GroupMember.objects.get(actor_id=ada.pk, group__recipient=locked).suppressed_reason == "stranger_dropped"


def test_a_silence_is_told_appealed_against_and_ended(
    silenced: Silenced, ada: Person, charlie: Person, mona: Person, max_: Person, deliver: Callable[[], int]
) -> None:
    action = standing(Verb.SILENCE, ada.pk)
    assert action is not None
    assert [entry.excerpt for entry in inbox(ada.pk, kind="moderation").items] == [
        "Only your followers find you and your posts now"
    ]
    with pytest.raises(ValidationError, match="already"):
        act(moderator=mona, verb=Verb.SILENCE, person=ada, words="Again")
    made = appeals.appeal(action=action, person=ada, words="I whisper")
    appeals.decide_appeal(appeal_id=made.pk, moderator=max_, granted=True)
    deliver()
    assert Person.objects.get(pk=ada.pk).silenced_at is None
    assert Post.objects.listed(charlie.pk).exists()
    with pytest.raises(ValidationError, match="undone already"):
        undo(action=action, moderator=mona)
