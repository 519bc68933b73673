"""Words that people have muted: which texts have them, and where these are folded, left out, and kept back."""

import re
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from notifications.history.audit import audit
from notifications.inbox.queries import inbox
from notifications.models import GroupMember
from reactions.operations import comment, like
from socialapp.feeds.queries import home_feed, profile_feed, public_feed
from socialapp.filters.models import Action, Place, WordFilter
from socialapp.filters.operations import mute_words, unmute_words
from socialapp.filters.queries import Phrases
from socialapp.follows.operations import follow
from socialapp.messaging.consumer import consume
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.posts.queries import posts_tagged
from socialapp.users.models import Person
from socialapp.users.operations import delete_account
from tests.people import logged_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("cat", "A CAT sat."),
        ("cat", "#cat"),
        ("#cat", "one #Cat, two"),
        ("STRASSE", "die Straße"),
        ("straße", "in der STRASSE"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("café", "CAFE\u0301"),
        ("ｗｉｄｅ", "wide"),
        ("wide", "ｗｉｄｅ"),
        ("two words", "two\n  words"),
        ("spoiler", "spoi\u00adler"),
        ("日本", "私は日本語を話す"),
        ("本", "日本語"),
        ("ไทย", "ภาษาไทยครับ"),
        ("cat", "日本cat日本"),
        ("c++", "I like C++, too"),
        ("हिन्दी", "यह हिन्दी है"),
        ("привет", "ПРИВЕТ, мир"),
        ("🦆", "a 🦆!"),
        ("don't", "I DON'T know"),
    ],
)
def test_a_whole_word_is_found(phrase: str, text: str) -> None:
    assert Phrases([(phrase, True)]).found_in(text) == phrase


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("cat", "concatenate"),
        ("cat", "#caterpillar"),
        ("cat", "cats"),
        ("cat", "cat_food"),
        ("can", "can't"),
        ("हिन्द", "हिन्दी"),
        ("привет", "приветствие"),
        ("two words", "two other words"),
        ("#cat", "cat"),
    ],
)
def test_a_part_of_a_word_is_not(phrase: str, text: str) -> None:
    assert Phrases([(phrase, True)]).found_in(text) == ""


def test_a_part_of_a_word_is_found_where_that_is_wanted() -> None:
    assert Phrases([("cat", False)]).found_in("conCATenate") == "cat"
    assert Phrases([("a.c", False)]).found_in("abc") == ""


@pytest.fixture
def posts(ada: Person, bob: Person) -> list[Post]:
    """Ada, whom Bob follows, writes of cats and of dogs."""
    follow(follower_id=bob.pk, followee_id=ada.pk)
    made = [publish_post(author=ada, body=body)[0] for body in ("A cat #pets", "A dog #pets")]
    consume()
    return made


def muted(person: Person, action: Action, places: list[str] = Place.values, phrase: str = "cat") -> WordFilter:
    return mute_words(person=person, phrase=phrase, places=places, action=action)


def bodies(reader: Person, place: Place) -> dict[str, str]:
    """The texts that are there, with the phrase that folds each."""
    ada = Person.objects.get(username="ada")
    found = {
        Place.HOME: lambda: [item.post for item in home_feed(reader.pk).items],
        Place.PUBLIC: lambda: [item.post for item in public_feed(viewer_id=reader.pk).items],
        Place.PROFILES: lambda: [item.post for item in profile_feed(ada.pk, viewer_id=reader.pk).items],
    }[place]()
    return {post.body: post.filtered for post in found}


@pytest.mark.parametrize("place", [Place.HOME, Place.PUBLIC, Place.PROFILES])
def test_posts_are_folded_or_left_out_where_that_is_wanted(
    posts: list[Post], ada: Person, bob: Person, place: Place
) -> None:
    whole = {"A cat #pets": "", "A dog #pets": ""}
    assert bodies(bob, place) == whole
    muted(bob, Action.FOLD, [each for each in Place.values if each != place])
    assert bodies(bob, place) == whole
    muted(bob, Action.FOLD, [place])
    assert bodies(bob, place) == whole | {"A cat #pets": "cat"}
    muted(bob, Action.HIDE, [place])
    assert bodies(bob, place) == {"A dog #pets": ""}
    muted(ada, Action.HIDE)
    assert bodies(ada, place) == whole  # one's own


def test_hashtags_and_replies(posts: list[Post], ada: Person, bob: Person) -> None:
    comment(post_id=posts[1].pk, author=ada, body="As a cat would")
    muted(bob, Action.HIDE)
    assert [post.body for post in posts_tagged("pets", viewer_id=bob.pk).items] == ["A dog #pets"]
    assert "As a cat would" not in logged_in(bob).get(f"/posts/{posts[1].pk}/").text
    # Whoever opens a post reads it.
    assert "A cat" in logged_in(bob).get(f"/posts/{posts[0].pk}/").text


def test_a_page_says_which_word_folds_a_post(posts: list[Post], bob: Person) -> None:
    muted(bob, Action.FOLD)
    page = logged_in(bob).get("/").text
    assert "Filtered: cat" in page
    assert "A cat" in page  # inside of what opens


def test_a_filter_ends(posts: list[Post], bob: Person) -> None:
    found = muted(bob, Action.HIDE)
    WordFilter.objects.filter(pk=found.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    assert len(bodies(bob, Place.HOME)) == 2


def test_notifications_are_kept_back_and_say_why(post: Post, ada: Person, bob: Person) -> None:
    muted(ada, Action.FOLD, [Place.NOTIFICATIONS])
    comment(post_id=post.pk, author=bob, body="My cat says")
    comment(post_id=post.pk, author=bob, body="My dog says")
    publish_post(author=bob, body="@ada, a cat!")
    like(post_id=post.pk, person_id=bob.pk)
    consume()
    assert [(entry.kind, entry.times) for entry in inbox(ada.pk).items] == [("like", 1), ("comment", 1)]
    assert GroupMember.objects.filter(suppressed_reason="filtered").count() == 2
    assert audit().is_well


def test_words_muted_since_are_not_shown_either(post: Post, ada: Person, bob: Person) -> None:
    follow(follower_id=ada.pk, followee_id=bob.pk)
    consume()
    comment(post_id=post.pk, author=bob, body="My cat says")
    publish_post(author=bob, body="A cat!")
    consume()
    muted(ada, Action.FOLD, [Place.NOTIFICATIONS])
    assert [entry.excerpt for entry in inbox(ada.pk).items] == ["Filtered: cat", "Filtered: cat"]


def test_a_phrase_is_muted_once_and_may_be_changed(bob: Person) -> None:
    first = muted(bob, Action.FOLD)
    assert muted(bob, Action.HIDE, phrase="  cat ").pk == first.pk
    other = muted(bob, Action.FOLD, phrase="dog")
    with pytest.raises(ValidationError):
        mute_words(person=bob, phrase="cat", places=["home"], filter_id=other.pk)
    wrongs: tuple[dict[str, Any], ...] = ({"places": []}, {"phrase": " "}, {"ends_at": timezone.now()})
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            mute_words(**{"person": bob, "phrase": "x", "places": ["home"], **wrong})
    unmute_words(person=bob, filter_id=first.pk)
    with pytest.raises(WordFilter.DoesNotExist):
        unmute_words(person=bob, filter_id=first.pk)


def test_nobody_changes_the_words_of_others(ada: Person, bob: Person) -> None:
    theirs = muted(bob, Action.FOLD)
    assert logged_in(ada).get(f"/settings/words/{theirs.pk}/").status_code == 404
    assert logged_in(ada).post(f"/settings/words/{theirs.pk}/remove/").status_code == 404
    assert WordFilter.objects.count() == 1


def test_an_unmuted_phrase_comes_back_as_it_was(ada: Person, bob: Person) -> None:
    first = muted(bob, Action.HIDE, [Place.HOME])
    browser = logged_in(bob)
    page = browser.post(f"/settings/words/{first.pk}/remove/", follow=True).text
    (undo,) = set(re.findall(r"/settings/words/[^/\s]+/undo/", page))
    assert not WordFilter.objects.exists()
    for _ in range(2):
        assert browser.post(undo, follow=True).status_code == 200
    again = WordFilter.objects.get()
    assert (again.phrase, again.action, again.places, again.ends_at) == ("cat", "hide", ["home"], None)
    assert "too late" in logged_in(ada).post(undo, follow=True).text
    assert "too late" in browser.post(undo.replace("words/", "words/x"), follow=True).text
    assert WordFilter.objects.count() == 1


def test_so_many_may_be_muted(bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WordFilter, "PER_PERSON", 1)
    muted(bob, Action.FOLD)
    with pytest.raises(ValidationError):
        muted(bob, Action.FOLD, phrase="dog")


def test_they_go_with_the_account(bob: Person) -> None:
    muted(bob, Action.FOLD)
    delete_account(person=bob)
    consume()
    assert WordFilter.objects.count() == 0


def test_pages(bob: Person) -> None:
    browser = logged_in(bob)
    assert "Nothing yet" in browser.get("/settings/words/").text
    form = {"phrase": "cat", "whole_word": "on", "places": ["home", "public"], "action": "hide", "span": "week"}
    assert browser.post("/settings/words/", form).status_code == 302
    found = WordFilter.objects.get()
    assert (found.places, found.ends_at is None) == (["home", "public"], False)
    assert "cat" in browser.get("/settings/words/").text
    page = f"/settings/words/{found.pk}/"
    assert browser.get(page).status_code == 200
    assert browser.post(page, form | {"phrase": "dog", "span": "kept"}).status_code == 302
    changed = WordFilter.objects.get()
    assert (changed.phrase, changed.ends_at) == ("dog", found.ends_at)
    refused = browser.post("/settings/words/", form | {"places": []})
    assert refused.status_code == 400
    browser.post(f"{page}remove/")
    assert WordFilter.objects.count() == 0


def test_the_api(bob: Person, api_of: Callable[[Person], APIClient]) -> None:
    api, root = api_of(bob), "/api/social/v1/filters/"
    made = api.post(root, {"phrase": "cat", "places": ["home"]}, format="json")
    assert (made.status_code, made.json()["action"], made.json()["whole_word"]) == (201, "fold", True)
    one = f"{root}{made.json()['id']}/"
    changed = api.put(one, {"phrase": "dog", "places": ["public"], "action": "hide"}, format="json")
    assert (changed.status_code, changed.json()["phrase"]) == (200, "dog")
    assert [each["phrase"] for each in api.get(root).json()["results"]] == ["dog"]
    assert api.post(root, {"phrase": "x", "places": ["nowhere"]}, format="json").status_code == 400
    assert (api.delete(one).status_code, api.delete(one).status_code) == (204, 404)


def test_fifty_phrases_cost_a_feed_little_and_no_query_more_than_one(
    posts: list[Post], ada: Person, bob: Person
) -> None:
    for number in range(18):
        publish_post(author=ada, body=f"Number {number}: " + "what one writes of a day in town, and at length. " * 8)
    with CaptureQueriesContext(connection) as one:
        muted(bob, Action.FOLD)
        home_feed(bob.pk)
    for number in range(49):
        muted(bob, Action.FOLD, phrase=f"phrase {number}")
    with CaptureQueriesContext(connection) as few:
        home_feed(bob.pk)
    WordFilter.objects.all().delete()
    with CaptureQueriesContext(connection) as none:
        home_feed(bob.pk)
    assert len(few) == len(none) < len(one)
    phrases = Phrases([(f"phrase {number}", True) for number in range(50)])
    texts = [post.body for post in Post.objects.all()]
    phrases.found_in(texts[0])
    began = perf_counter()
    for text in texts:
        phrases.found_in(text)
    assert perf_counter() - began < 0.05


def test_the_page_names_a_phrase_as_it_is_stored(ada: Person) -> None:
    form = {"phrase": "\u202etac\u2066 two", "places": ["home"], "action": "fold", "span": "always"}
    assert "“tac two” is muted." in logged_in(ada).post("/settings/words/", form, follow=True).text
