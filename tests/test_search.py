"""Search: what finds a post and what does not, how it is shown, and what completes a name."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from pytest_django.asserts import assertInHTML
from rest_framework.test import APIClient

from socialapp.follows.operations import follow
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, edit_post, hide_post, publish_post
from socialapp.search import sql
from socialapp.search.highlight import excerpt, marked
from socialapp.search.queries import complete_people, find_posts
from socialapp.search.query import parse
from socialapp.text.folding import words
from socialapp.users.models import Person
from socialapp.users.operations import suspend
from tests.people import logged_in, new_person

pytestmark = pytest.mark.django_db

BODY = "Fog… “Straße” Café—bar don't foo-bar 3.14 x_y हिन्दी İstanbul 日本語。テスト #bread @bob"


def write(author: Person, body: str) -> Post:
    """A new post."""
    return publish_post(author=author, body=body)[0]


def found(q: str) -> list[int]:
    """Ids of the posts on the first page."""
    return [post.pk for post in find_posts(parse(q), None).items]


FINDS = [
    *(
        "fog",
        "FOG",
        "cafe",
        "CAFÉ",
        "straße",
        "bar fog",
        "fog or rye",
        "rye or fog",
        "-rye fog",
        '"foo bar"',
        "foo-bar",
    ),
    *(
        "don't",
        "3.14",
        "हिन्दी",
        "istanbul",
        "テスト",
        "#bread",
        "#BREAD fog",
        "from:ada",
        "from:@Ada fog",
        "bread",
        "bob",
    ),
    *('"fog', "fog & | ! ( ) : * \\ '", "x_y", '"café bar"'),
]
FINDS_NOT = [
    *("", " ", "rye", "fog rye", "fog -bar", '"bar foo"', "-fog", "or", '"', "-", "!&|", "from:bob", "from:nobody fog"),
    *("#fog", "from:", "fo", "%", "_"),
]


@pytest.mark.parametrize("q", FINDS)
def test_a_post_is_found(ada: Person, bob: Person, q: str) -> None:
    post = write(ada, BODY)
    assert found(q) == [post.pk]


@pytest.mark.parametrize("q", FINDS_NOT)
def test_a_post_is_not_found(ada: Person, bob: Person, q: str) -> None:
    write(ada, BODY)
    assert found(q) == []


def test_the_database_and_the_search_agree_on_what_a_word_is(ada: Person) -> None:
    post = write(ada, BODY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(words) FROM posts_post WHERE id = %s", [post.pk])
        assert set(cursor.fetchone()[0]) == set(words(BODY))


def test_an_edited_post_is_found_by_what_it_says_now(ada: Person) -> None:
    post = write(ada, "Fog.")
    edit_post(post_id=post.pk, by=ada, body="Sun.")
    assert (found("fog"), found("sun")) == ([], [post.pk])


def _delete(post: Post, ada: Person) -> None:
    delete_post(post_id=post.pk, by=ada)


def _hide(post: Post, ada: Person) -> None:
    hide_post(post_id=post.pk, reason="spam")


def _suspend(post: Post, ada: Person) -> None:
    suspend(person=ada, reason="spam")


@pytest.mark.parametrize("vanish", [_delete, _hide, _suspend])
def test_what_may_not_be_seen_is_not_found(ada: Person, vanish: Callable[[Post, Person], None]) -> None:
    post = write(ada, "Out in the #fog.")
    vanish(post, ada)
    assert found("fog") == found("#fog") == found("from:ada") == []


def test_pages_follow_each_other_newest_first(ada: Person, api_of: Callable[[None], APIClient]) -> None:
    made = [write(ada, f"Fog no. {number}").pk for number in range(5)]
    api = api_of(None)
    first = api.get("/api/social/v1/search/posts/?q=fog&size=2").json()
    write(ada, "Fog that came later.")
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    assert [post["id"] for page in (first, second, third) for post in page["results"]] == made[::-1]
    assert api.get("/api/social/v1/search/posts/").json()["results"] == []


def test_the_words_are_marked_and_all_else_is_escaped(ada: Person) -> None:
    write(ada, "<script>Fög</script> & fog https://fog.example/?a=1&b=2 @fog #fog amp lt")
    page = Client().get("/search/", {"q": "fog amp lt"})
    assert "<script>Fög" not in page.text
    assert "&lt;script&gt;<mark>Fög</mark>&lt;/script&gt; &amp; <mark>fog</mark>" in page.text
    assert 'href="https://fog.example/?a=1&amp;b=2"' in page.text
    assert '<a href="/tags/fog/">#<mark>fog</mark></a>' in page.text
    assert "<mark>amp</mark> <mark>lt</mark>" in page.text


def test_a_long_post_is_shown_where_the_word_is() -> None:
    text = "word " * 300 + "FOG " + "word " * 300
    part = excerpt(text, {("fog",)})
    assert part.startswith("… word")
    assert part.endswith("word …")
    assert 400 < len(part) < 520
    assert "<mark>FOG</mark>" in marked(text, {("fog",)})
    assert len(excerpt("x" * 5_000, {("fog",)})) < 510


def test_people_and_tags_have_their_tabs(ada: Person, bob: Person) -> None:
    write(ada, "Out in the #fog.")
    stranger = Client()
    assert "Ada" in stranger.get("/search/?q=@ad").text
    assert "Nobody by that name" in stranger.get("/search/?q=zz&what=people").text
    tags = stranger.get("/search/?q=fo&what=tags").text
    assertInHTML('<strong>#fog</strong><span class="soft small">1 post</span>', tags)
    assert "No hashtag begins so" in stranger.get("/search/?q=zz&what=tags").text
    assert "No post says that" in stranger.get("/search/?q=zz").text
    assert "What are you looking for?" in logged_in(bob).get("/search/").text


def test_whom_one_follows_is_completed_first(ada: Person) -> None:
    friend, other = new_person("boris"), new_person("bob")
    named = Person.objects.create(username="xavier", name="Bo Peep", email="x@example.org", password="!")
    gone = new_person("bogdan")
    suspend(person=gone, reason="spam")
    assert complete_people("@BO", ada.pk) == [other, friend, named]
    follow(follower_id=ada.pk, followee_id=friend.pk)
    assert complete_people("bo", ada.pk) == [friend, other, named]
    assert complete_people("%", ada.pk) == complete_people("_", ada.pk) == complete_people("", ada.pk) == []


def test_completion_is_for_members_and_private(ada: Person, bob: Person) -> None:
    write(ada, "#fog")
    answer = logged_in(ada).get("/search/complete/", {"q": "@b"})
    assert 'data-insert="@bob"' in answer.text
    assert "1 suggestion." in answer.text
    assert "private" in answer["Cache-Control"]
    assert 'data-insert="#fog"' in logged_in(ada).get("/search/complete/", {"q": "#f"}).text
    assert Client().get("/search/complete/", {"q": "@b"}).status_code == 403
    assert logged_in(ada).get("/search/complete/", {"q": "@\0"}).status_code == 400
    assert 'data-complete="/search/complete/"' in logged_in(ada).get("/").text


def test_many_hashtags_are_looked_for_as_words_beyond_the_first(ada: Person) -> None:
    names = [f"tag{letter}" for letter in "abcdefg"]
    post = publish_post(author=ada, body=" ".join(f"#{name}" for name in names))[0]
    asked = parse(" ".join(f"#{name}" for name in names))
    assert asked.tags == tuple(names[:5])
    assert [found.pk for found in find_posts(asked, None).items] == [post.pk]


@pytest.mark.django_db(transaction=True)
def test_a_search_without_end_is_ended_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "PATIENCE", "SET LOCAL statement_timeout = '50ms';")
    monkeypatch.setattr(sql, "LISTED", "pg_sleep(5) IS NOT NULL")
    publish_post(author=new_person("ada"), body="fog")
    answer = Client().get("/search/?q=fog")
    assert (answer.status_code, "too long to find" in answer.text) == (400, True)
    assert Client().get("/api/social/v1/search/posts/?q=fog").json()["detail"].startswith("This takes too long")
    monkeypatch.undo()
    assert Client().get("/search/?q=fog").status_code == 200
