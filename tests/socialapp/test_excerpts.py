"""Long texts end where a reader would end them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialapp.search.highlight import AT_MOST, excerpt
from socialapp.text.clusters import clusters
from socialapp.text.excerpts import shorten
from socialapp.text.links import links_in
from socialapp.web.templatetags.humanize import FOLD_CHARACTERS, beginning, is_long

FAMILY = "👨‍👩‍👧‍👦"
LONG_LINK = "https://x.example/" + "a" * 900


@pytest.mark.parametrize(
    "text",
    [
        "#旅行 " + "日本語の文章です。" * 120,
        "ก" * 1_050,
        "Intro: " + "x" * 1_050,
        "QUJD" * 400,
        f"Ours: {FAMILY * 150}",
    ],
)
def test_a_text_with_a_space_only_near_its_beginning_is_shown_to_its_full_length(text: str) -> None:
    shown = beginning(text)
    assert FOLD_CHARACTERS - 20 < len(shown) <= FOLD_CHARACTERS
    assert shown.endswith("…")
    assert is_long(text)
    assert clusters(text)[: len(clusters(shown)) - 1] == clusters(shown)[:-1]


def test_a_text_of_words_ends_with_a_word() -> None:
    assert shorten("Good morning to all of you.", 25) == "Good morning to all of …"
    assert shorten("Good morning.", 13) == "Good morning."
    assert shorten("Oh, " + "x" * 30, 20) == "Oh, xxxxxxxxxxxxxx…"


def test_no_link_is_cut() -> None:
    assert beginning(f"See {LONG_LINK} for more.\n" * 2) == f"See {LONG_LINK} …"
    assert beginning(f"See {LONG_LINK}") == f"See {LONG_LINK}"
    assert not is_long(f"See {LONG_LINK}")
    assert shorten(f"See {LONG_LINK}", 160) == "See x.example/…"
    assert shorten("x" * 155 + " https://other.example/page", 160) == "x" * 155 + " …"


@given(
    st.lists(
        st.sampled_from(["word ", "日本", FAMILY, "e\u0301", LONG_LINK + " ", "https://x.example/b ", "\n", "🇩🇪"]),
        max_size=80,
    )
)
def test_an_excerpt_is_a_beginning_without_half_a_link_or_letter(parts: list[str]) -> None:
    text = "".join(parts)
    short = shorten(text, 160)
    assert len(short) <= 160
    whole = [link.text for link in links_in(text)]
    assert all(link.text in whole for link in links_in(short))
    assert all(link.text in whole for link in links_in(shorten(text, 160, whole_links=True)))


@pytest.mark.parametrize(
    "text",
    [
        "Intro: " + "x" * 900 + " fog " + "x" * 900,
        "日本語" * 300 + " fog",
        "fog",
        FAMILY * 100 + " fog " + FAMILY * 100,
        LONG_LINK + "/fog/" + "b" * 900,
        "word " * 300 + "fog",
    ],
)
def test_what_was_found_is_in_the_excerpt(text: str) -> None:
    part = excerpt(text, {("fog",)})
    assert "fog" in part
    assert len(part) <= AT_MOST + 10 or "https" in part
    assert all(link.text in text for link in links_in(part))
