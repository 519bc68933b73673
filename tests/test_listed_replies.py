"""The headline, the icons and "more replies" of a conversation say what its reader finds in the lists."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from notifications.preferences.mutes import mute_person
from reactions.operations import comment
from reactions.queries import summaries
from socialapp.follows.operations import block
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, hide_post, remove_post
from socialapp.users.models import Person
from socialapp.users.operations import suspend
from tests.elements import Element, elements
from tests.people import logged_in, new_person

pytestmark = pytest.mark.django_db

ApiOf = Callable[[Person | None], APIClient]


def reply(to: Post, author: Person, body: str = "Hm.") -> Post:
    return comment(post_id=to.pk, author=author, body=body)[0]


@pytest.fixture
def written(ada: Person, bob: Person, charlie: Person, post: Post) -> dict[str, Post]:
    """Below Ada's post: a reply of Bob's, to which he and Charlie replied, and one of Charlie's, with replies to it."""
    bobs, charlies = reply(post, bob), reply(post, charlie)
    for author in (charlie, bob, charlie, bob, charlie):
        reply(bobs, author)
    below = [reply(charlies, author) for author in (ada, bob)]
    reply(below[1], charlie)
    return {"post": post, "bobs": bobs, "charlies": charlies}


HAPPENS: dict[str, Callable[[dict[str, Post], dict[str, Person]], object]] = {
    "nothing": lambda posts, people: None,
    "ada blocks charlie": lambda posts, people: block(blocker_id=people["ada"].pk, blocked_id=people["charlie"].pk),
    "bob blocks charlie": lambda posts, people: block(blocker_id=people["bob"].pk, blocked_id=people["charlie"].pk),
    "ada mutes charlie": lambda posts, people: mute_person(person=people["ada"], muted=people["charlie"]),
    "charlie deletes": lambda posts, people: delete_post(post_id=posts["charlies"].pk, by=people["charlie"]),
    "hidden": lambda posts, people: hide_post(post_id=posts["charlies"].pk, reason="Rude"),
    "removed for good": lambda posts, people: remove_post(post_id=posts["charlies"].pk, reason="Spam"),
    "suspended": lambda posts, people: suspend(person=people["charlie"], reason="Spam"),
}


@pytest.mark.parametrize("reader", ["anonymous", "ada", "bob", "charlie", "other"])
@pytest.mark.parametrize("what", HAPPENS)
def test_all_numbers_are_those_of_the_lists(
    written: dict[str, Post], deliver: Callable[[], int], api_of: ApiOf, what: str, reader: str
) -> None:
    new_person("other")
    people = {person.username: person for person in Person.objects.all()}
    HAPPENS[what](written, people)
    while deliver():
        pass
    person = people.get(reader) if (what, reader) != ("suspended", "charlie") else None
    browser, api = logged_in(person) if person else Client(), api_of(person)
    for post in Post.objects.visible_to(person.pk if person else None):
        page = browser.get(f"/posts/{post.pk}/").text
        listed = api.get(f"/api/social/v1/posts/{post.pk}/comments/").json()["results"]
        assert len(listed) == api.get(f"/api/social/v1/posts/{post.pk}/").json()["comments"]
        (headline,) = elements(page, "h2", id="comments-head")
        assert [int(number) for number in re.findall("[0-9]+", headline.text)] == [len(listed)]
        (icon,) = elements(page, "a", id=f"comment-on-{post.pk}")
        assert number_in(icon) == len(listed)
        for each in listed:
            (icon,) = elements(page, "a", id=f"comment-on-{each['id']}")
            assert number_in(icon) == each["comments"]
        for link in elements(page, "a", class_="branch-more"):
            if "hidden" not in link.attributes:
                assert_leads_to_more(browser, page, link)


def number_in(element: Element) -> int:
    return int(re.findall("[0-9]+", element.text)[-1])


def assert_leads_to_more(browser: Client, page: str, link: Element) -> None:
    """As many replies that this page does not show are on the page that the link leads to."""
    answered = int(str(link.attributes["id"]).removeprefix("more-of-"))
    there = browser.get(reverse("posts:post", args=[answered])).text
    replies = Post.objects.filter(reply_to=answered).values_list("pk", flat=True)
    new = [pk for pk in replies if elements(there, "article", id=f"post-{pk}") and f'id="post-{pk}"' not in page]
    assert len(new) == number_in(link)


def test_who_is_blocked_is_counted_for_others_only(ada: Person, bob: Person, charlie: Person, post: Post) -> None:
    reply(post, charlie)
    block(blocker_id=bob.pk, blocked_id=charlie.pk)
    heads = [
        elements(browser.get(f"/posts/{post.pk}/").text, "h2", id="comments-head")[0].text
        for browser in (logged_in(bob), logged_in(ada), Client())
    ]
    assert heads == ["0 Comments", "1 comment", "1 comment"]
    assert summaries([post.pk], bob.pk)[post.pk]["comments"] == 1  # in feeds, one number for everybody


def test_replies_below_what_was_removed_for_good_are_listed_and_counted_where_they_stand(
    bob: Person, charlie: Person, post: Post, api_of: ApiOf
) -> None:
    made = [reply(post, bob)]
    middle = reply(post, bob)
    made += [reply(middle, charlie), reply(middle, bob)]
    made.append(reply(post, charlie))
    remove_post(post_id=middle.pk, reason="Spam")
    api = api_of(None)
    first = api.get(f"/api/social/v1/posts/{post.pk}/comments/", {"size": 3}).json()
    second = api.get(first["next"]).json()
    assert [each["id"] for page in (first, second) for each in page["results"]] == [each.pk for each in made]
    assert api.get(second["previous"]).json()["results"] == first["results"]
    assert api.get(f"/api/social/v1/posts/{post.pk}/").json()["comments"] == 4
    assert "4 comments" in elements(Client().get(f"/posts/{post.pk}/").text, "h2", id="comments-head")[0].text


def test_a_look_for_new_replies_says_how_the_list_differs_from_the_count(
    bob: Person, charlie: Person, post: Post
) -> None:
    browser = logged_in(bob)
    block(blocker_id=bob.pk, blocked_id=charlie.pk)
    after = reply(post, bob).pk
    reply(post, charlie)
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/posts/{post.pk}/"}
    answer = browser.get(f"/posts/{post.pk}/comments/?after={after}", headers=headers)
    assert (answer["X-Besides"], elements(answer.text, "li")) == ("-1", [])
