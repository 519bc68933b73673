"""What may stand in names and texts, by whichever door they come."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from rest_framework.test import APIClient

from notifications.models import Circuit, Endpoint
from reactions.operations import comment
from socialapp.posts.models import Post
from socialapp.posts.operations import edit_post, publish_post
from socialapp.text.cleaning import line, lines
from socialapp.text.clusters import breakable, few_marks
from socialapp.users.models import Person
from socialapp.users.operations import edit_profile, make_token, new_person
from socialapp.users.templatetags.people import initials, prose
from tests.people import logged_in

pytestmark = pytest.mark.django_db

UNSEEN = [
    *(
        "\u200b",
        "\u2800",
        "\u2060",
        "\ufeff",
        "\u180e",
        "\u00ad",
        "\u200d",
        "\u034f",
        "\u115f",
        "\u1160",
        "\u3164",
        "\uffa0",
    ),
    *(
        "\u17b4",
        "\u2063",
        "\U000e0020",
        "\u202e",
        "\u2066",
        "\x07",
        "\u0301",
        "\u3000",
        " \u200b\n ",
        "\ufe0f",
        "\u2028",
    ),
]


@pytest.mark.parametrize("unseen", UNSEEN)
def test_where_nothing_is_seen_nothing_was_written(ada: Person, bob: Person, post: Post, unseen: str) -> None:
    edit_profile(person=ada, name=unseen, bio=unseen)
    assert (ada.name, ada.bio, ada.display_name) == ("", "", "ada")
    for write in (
        lambda: publish_post(author=bob, body=unseen),
        lambda: comment(post_id=post.pk, author=bob, body=unseen),
        lambda: edit_post(post_id=post.pk, by=ada, body=unseen),
        lambda: make_token(person=ada, name=unseen),
    ):
        with pytest.raises(ValidationError):
            write()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("\u202egnitsuJ", "gnitsuJ"),
        ("a\nb\tc\x07", "a b c"),
        ("x" + " " * 40 + "y \u200b z", "x y z"),
        ("ad\u200dmin\u2060", "admin"),
        ("\u2066Ada\u2069", "Ada"),
        ("Zoe\u0308", "Zoë"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        (
            "Ada 👩‍🚀❤️🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            "Ada 👩‍🚀❤️🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("x" + "\u0316" * 50, "x" + "\u0316" * 8),
        ("\u1100" * 60, "\u1100" * 16),
    ],
)
def test_a_name_is_one_line_without_what_cannot_be_seen(
    ada: Person, api_of: Callable[[Person], APIClient], typed: str, name: str
) -> None:
    assert api_of(ada).patch("/api/social/v1/me/", {"name": typed}).json()["name"] == name
    logged_in(ada).post("/settings/", {"name": typed, "bio": ""})
    ada.refresh_from_db()
    assert ada.name == name
    assert new_person(username="made", name=typed).name == name
    assert Person.objects.create(username="stored", name=typed).name == name
    circuit = Circuit.objects.create(name="webhook 1")
    assert (
        Endpoint.objects.create(
            person=ada, channel="webhook", name=typed, address="https://x.example/", circuit=circuit
        ).name
        == name
    )
    assert line(name) == name


def test_texts_keep_their_lines_and_their_indentation(ada: Person, post: Post) -> None:
    typed = "\r\n  \r\n    /\\_/\\\r\n   ( o.o ) \u202e\x07\r\n\r\n"
    text = "    /\\_/\\\n   ( o.o )"
    assert publish_post(author=ada, body=typed)[0].body == text
    made, _ = comment(post_id=post.pk, author=ada, body=typed)
    assert made.body == text
    assert edit_post(post_id=made.pk, by=ada, body=typed + "!").body == text + " \n\n!"
    logged_in(ada).post("/posts/", {"body": typed})
    assert Post.objects.latest("pk").body == text
    assert lines("a\u2028b\u200e\u061c") == "a\nb\u200e\u061c"


def test_no_text_hides_its_order_or_runs_out_of_its_box() -> None:
    assert few_marks("Z" + "\u0301" * 100 + "a") == "Z" + "\u0301" * 8 + "a"
    assert "\u0301" * 9 not in prose("Z" + "\u0301" * 100)
    for text in ("ᄀ" * 200, "👨\u200d" * 150, "क्" * 100, "ᅡ" * 200, "a" + "\U0001f3fb" * 99):
        parts = breakable(text)
        assert "".join(parts) == text
        assert max(map(len, parts)) <= 16
        assert prose(text) == "<wbr>".join(parts)
    for text in (
        "👩🏽‍❤️‍💋‍👨🏿 and 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "नमस्ते हिन्दी",
        "Việt Nam",
        "x" * 200,
    ):
        assert breakable(text) == [text]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lovelace", "AL"),
        ("हिन्दी", "हि"),
        ("हिन्दी भाषा", "हिभा"),
        ("z_x", "ZX"),
        ("🦊", "?"),
        ("👩\u200d🚀", "?"),
        ("👨\u200d👩\u200d👧 Ada", "A"),
        ("e\u0301va", "E\u0301"),
    ],
)
def test_initials_are_whole_letters(name: str, letters: str) -> None:
    assert initials(name) == letters
