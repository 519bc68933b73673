"""What counts as the same word, in any script: posts and people are found as people type them."""

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from socialapp.follows.operations import block
from socialapp.posts.operations import publish_post
from socialapp.search.highlight import excerpt, marked
from socialapp.search.queries import complete_people, find_posts
from socialapp.search.query import parse
from socialapp.text.folding import words, words_at
from socialapp.text.links import links_in
from socialapp.users.models import NameWord, Person
from socialapp.users.operations import delete_account, edit_profile, suspend
from socialapp.users.queries import find_people
from tests.people import logged_in, new_person

pytestmark = pytest.mark.django_db

FOUND = [
    ("我家在上海东边。", "上海"),
    ("我家在上海东边。", "海"),
    ("東京タワーへ", "東京"),
    ("東京タワーへ", "東京タワー"),
    ("#日本語 の投稿", "日本"),
    ("ｶﾞｲﾄﾞ", "ガイド"),
    ("กินข้าวผัดกับเพื่อน", "ข้าวผัด"),
    ("서울에서 만나요", "서울"),
    ("ព្រះរាជាណាចក្រកម្ពុជា", "កម្ពុជា"),
    ("Łódź", "lodz"),
    ("Smørrebrød", "smorrebrod"),
    ("Ærø", "aero"),
    ("Đà Nẵng", "da nang"),
    ("Þingvellir", "thingvellir"),
    ("ılık", "ilik"),
    ("İstanbul", "ISTANBUL"),
    ("Straße", "strasse"),
    ("STRASSE", "straße"),
    ("weiß", "weiss"),
    ("ΟΔΟΣ", "οδος"),
    ("οδός", "ΟΔΟΣ"),
    ("Ёлка", "елка"),
    ("السَّلامُ عليكم", "السلام"),
    ("الســـلام", "السلام"),
    ("שָׁלוֹם", "שלום"),
    ("Donau\u00addampf\u00adschiff", "Donaudampfschiff"),
    ("foo\u200bbar", "foobar"),
    ("two cats 🦊 here", "cats 🦊"),
    ("two cats 🦊 here", "🦊"),
    ("well 👍🏽", "👍"),
    ("family 👨‍👩‍👧", "👨‍👩‍👧"),
    ("ＡＢＣ ﬁne", "abc fine"),
    ("क्षत्रिय हिन्दी", "हिन्दी"),
    ("স্বাধীনতা", "স্বাধীনতা"),
    ("a" * 3_000, "a" * 190 + "a" * 10),
]
NOT_FOUND = [
    ("我家在上海东边。", "海上"),
    ("cats here", "cats 🦊"),
    ("two 🦊", "🐱"),
    ("ข้าว", "ขาว"),
    ("서울", "울서"),
    ("lodzer", "lodz"),
]


def found(q: str) -> list[str]:
    """Bodies of the posts on the first page."""
    return [post.body for post in find_posts(parse(q), None).items]


@pytest.mark.parametrize(("body", "q"), FOUND)
def test_a_word_is_found_as_people_type_it(ada: Person, body: str, q: str) -> None:
    publish_post(author=ada, body=body)
    publish_post(author=ada, body="Something else.")
    assert found(q) == [body]


@pytest.mark.parametrize(("body", "q"), NOT_FOUND)
def test_what_is_another_word_is_not_found(ada: Person, body: str, q: str) -> None:
    publish_post(author=ada, body=body)
    assert found(q) == []


TEXTS = st.text(
    st.one_of(
        st.characters(blacklist_categories=["Cs", "Cn", "Co"], blacklist_characters="\0"),
        st.sampled_from("aBß İıΣςŁ æØ-_'\"\\上カがタﾞข้ผั서울🦊👍🏽\u200d\u0301\u064b\u05b0\u00ad 0é"),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_python_and_postgresql_agree_on_the_words_of_any_text(db: None, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT folded_words(%s), tsvector_to_array(folded_vector(%s))", [text, text])
        listed, indexed = cursor.fetchone()
    assert listed == words(text)
    assert set(indexed) == set(words(text))


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_each_word_stands_where_it_is_said_to(text: str) -> None:
    for word, start, end in words_at(text):
        assert word in words(text[start:end])


@pytest.mark.parametrize(
    ("body", "q", "shown"),
    [
        ("我家在上海东边。海", "上海", "我家在<mark>上海</mark>东边。海"),
        ("Die Straße hier", "strasse", "Die <mark>Straße</mark> hier"),
        ("Don't do", "don't", "<mark>Don&#x27;t</mark> do"),
        ("two 🦊 <b>", "🦊", "two <mark>🦊</mark> &lt;b&gt;"),
        ("fog fog bridge", '"fog bridge"', "fog <mark>fog bridge</mark>"),
        ("the #fog bridge", '"fog bridge"', ">#<mark>fog</mark></a><mark> bridge</mark>"),
        ("@nobody_", "nobody_", "@<mark>nobody</mark>_"),
    ],
)
def test_what_was_looked_for_is_marked_as_it_was_written(body: str, q: str, shown: str) -> None:
    assert shown in marked(body, parse(q).phrases).replace("&#39;", "&#x27;")


FAR = "https://x.example/" + "a/" * 200
BEGINNING = "https://x.example/" + "a/" * 25 + "a…"


@pytest.mark.parametrize(
    ("body", "q", "shown"),
    [
        (f"{FAR}fog", "fog", f"{BEGINNING}a/a/a/a/a/a/<mark>fog</mark>"),
        (
            f"Look: {FAR}fog/{'b/' * 300}rye {'word ' * 300}",
            "fog",
            f"{BEGINNING}a/a/a/a/a/a/<mark>fog</mark>/b/b/b/b/b/b…",
        ),
        (f"{FAR}fog/x", "fog.x", f"{BEGINNING}a/a/a/a/a/a/<mark>fog/x</mark>"),
        (
            f"{FAR}fog-rye-fog",
            "fog rye",
            f"{BEGINNING}a/a/a/a/a/a/<mark>fog</mark>-<mark>rye</mark>-<mark>fog</mark>",
        ),
        (
            f"{FAR}fog/{'b/' * 300}rye",
            "fog rye",
            f"{BEGINNING}a/a/a/a/a/a/<mark>fog</mark>/b/b/b/b/b/b…b/b/b/b/b/b/<mark>rye</mark>",
        ),
        (
            "https://fog.example/" + "a/" * 24 + "foghorn",
            "fog",
            "https://<mark>fog</mark>.example/" + "a/" * 24 + "f…",
        ),
        (f"{FAR}?q=Äpfel&r={'s' * 40}", "apfel", f"{BEGINNING}/a/a/a/a/?q=<mark>Äpfel</mark>&amp;r=sssssssss…"),
        (f"{FAR}字字上海字字", "上海", f"{BEGINNING}a/a/a/a/a/字字<mark>上海</mark>字字"),
        (f"https://ada@x.example/{'a/' * 200}fog", "fog", f"{BEGINNING}a/a/a/a/a/a/<mark>fog</mark>"),
    ],
)
def test_a_word_far_into_an_address_is_shown_and_marked(body: str, q: str, shown: str) -> None:
    (link,) = links_in(body)
    html = f'<a href="{link.href.replace("&", "&amp;")}" rel="nofollow noopener ugc">{shown}</a>'
    assert html in marked(body, parse(q).phrases)


def test_of_an_address_in_which_many_words_are_found_five_places_are_shown() -> None:
    page = marked(FAR + "".join(f"/f{letter}g/{'b' * 40}" for letter in "oòóôõöōŏő"), {("fog",)})
    assert page.count("<mark>") == 5


def test_a_word_far_into_a_text_without_spaces_is_in_the_excerpt() -> None:
    part = excerpt("字" * 900 + "上海" + "字" * 900, parse("上海").phrases)
    assert "上海" in part
    assert len(part) < 520


def named(username: str, name: str) -> Person:
    """A person of that name."""
    person = new_person(username)
    edit_profile(person=person, name=name, bio="")
    return person


@pytest.mark.parametrize(
    ("name", "q"),
    [
        ("Anna Zuckerlove", "Zuckerlove"),
        ("Anna Zuckerlove", "anna z"),
        ("Anna Zuckerlove", "zucker anna"),
        ("José Álvarez", "alvarez"),
        ("José Álvarez", "Álv"),
        ("José Álvarez", "jose"),
        ("Мария Иванова", "иванова"),
        ("Ёлка", "елка"),
        ("İpek ILGAZ", "İpek"),
        ("İpek ILGAZ", "ipek ilgaz"),
        ("İpek ILGAZ", "ILGAZ"),
        ("Mira Østergård", "Mira Øs"),
        ("Mira Østergård", "ostergard"),
        ("Conan O\u2019Brien", "obrien"),
        ("Conan O'Brien", "brien"),
        ("Anne-Marie", "annemarie"),
        ("山田太郎", "太郎"),
        ("x", "@some_b"),
        ("x", "body"),
    ],
)
def test_people_are_found_by_any_word_of_their_name(ada: Person, name: str, q: str) -> None:
    person = named("some_body", name)
    named("another", "Quentin Else")
    assert list(find_people(q)) == [person]
    assert complete_people(q, ada.pk) == [person]
    assert f"/@{person.username}/" in Client().get("/search/", {"q": q}).text


@pytest.mark.parametrize("q", ["", " ", "@", "%", "_", "\\", "!?", "uckerlove", "anna else"])
def test_people_are_not_found_by_what_begins_no_word_of_theirs(ada: Person, q: str) -> None:
    named("some_body", "Anna Zuckerlove")
    named("another", "Quentin Else")
    assert list(find_people(q)) == []
    assert complete_people(q, ada.pk) == []


def test_a_name_is_found_as_it_is_now_whoever_wrote_it(ada: Person) -> None:
    person = named("bea", "Bea Old")
    Person.objects.filter(pk=person.pk).update(name="Bea New")
    assert list(find_people("old")) == []
    assert list(find_people("new")) == [person]
    suspend(person=person, reason="spam")
    assert list(find_people("new")) == []
    delete_account(person=named("cora", "Cora Gone"))
    assert not NameWord.objects.filter(word="gone").exists()


def test_the_search_shows_people_first_then_hashtags_and_posts(ada: Person) -> None:
    edit_profile(person=ada, name="Ada Winter", bio="")
    publish_post(author=new_person("eve"), body="The #winter is long. Winter!")
    page = Client().get("/search/", {"q": "winter"}).text
    places = [page.index(part) for part in ('id="found-people"', "Ada Winter", 'id="found-tags"', 'id="found"')]
    assert places == sorted(places)
    only_people = Client().get("/search/", {"q": "Ada Winter"}).text
    assert "Ada Winter" in only_people
    assert "No post says that" in only_people


def test_more_people_than_stand_beside_the_posts_are_one_link_away() -> None:
    for number in range(4):
        named(f"person{number}", f"Winter {number}")
    page = Client().get("/search/", {"q": "winter"}).text
    assert page.count('class="person-name"') == 3
    assert "More people" in page
    assert Client().get("/people/", {"q": "winter"}).text.count('class="person-name"') == 4


def test_everybody_stands_in_the_directory_page_by_page(ada: Person) -> None:
    people = [new_person(f"person{number:02}") for number in range(24)]
    gone = new_person("gone")
    suspend(person=gone, reason="spam")
    first = Client().get("/people/").text
    assert first.count('class="person-name"') == 20
    assert f"@{people[-1].username}" in first
    assert "@gone" not in first
    by_name = Client().get("/people/", {"order": "name"}).text
    assert by_name.index("@ada") < by_name.index("@person00")
    assert Client().get("/people/", {"order": "sideways"}).status_code == 200


def test_whom_one_blocked_stands_in_no_list_of_people(ada: Person, bob: Person) -> None:
    block(blocker_id=bob.pk, blocked_id=ada.pk)
    for viewer in (ada, bob):
        other = {ada: bob, bob: ada}[viewer]
        for page in (f"/people/?q={other.username}", "/people/", f"/search/?q={other.username}"):
            assert f"/@{other.username}/" not in logged_in(viewer).get(page).text
    assert "/@bob/" in Client().get("/people/").text


def test_programs_find_people_the_same_way(ada: Person) -> None:
    named("some_body", "José Álvarez")
    answer = APIClient().get("/api/social/v1/people/", {"q": "alvarez"})
    assert [person["username"] for person in answer.json()["results"]] == ["some_body"]
