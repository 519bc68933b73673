"""Texts made to be slow to read (ReDoS): twice the text is about twice the work, in all that reads a text."""

import time
from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from reactions import operations as reactions
from socialapp.messaging.consumer import consume
from socialapp.posts.operations import publish_post
from socialapp.search.highlight import excerpt, marked
from socialapp.search.query import parse
from socialapp.text.cleaning import line, lines
from socialapp.text.clusters import breakable, few_marks
from socialapp.text.excerpts import shorten
from socialapp.text.folding import words
from socialapp.text.links import links_in
from socialapp.users.models import Person
from socialapp.users.text_entities import names_in, pieces, tags_in
from tests.people import logged_in

SEEDS = [
    "a", "@", "#", "@a", "#a", "a@", "a.", ".", "/", "http://", "https://a.", "https://a/(", "https://a/)", "(",
    "((", "[",
    "<", "&", "&amp;", "http://a@", "www.", "a.b", "-", "%", "\\", "@@", "##a", "a_", "\u200d", "\u0301", "e\u0301",
    "é",
    "ß", "İ", "\u202e", "👩‍", "🏳️‍🌈", "\u05d0", "ไ", "日",
    "ｱ", "\t",
    "\n", " ", "a\n", '"', "a+", "c++", "·", "a·", "http://[",
    "https://xn--", "https://a:", "https://a/?a=", "mailto:a@",
    "@a.b@", "#a-", "/@a", "&#x", "http:/", "://", "a://", "'",
]  # fmt: skip
READERS: dict[str, Callable[[str], object]] = {
    "links": lambda text: list(links_in(text)),
    "pieces": lambda text: list(pieces(text)),
    "mentions": names_in,
    "tags": tags_in,
    "words": words,
    "excerpts": lambda text: shorten(text, 200),
    "one line": line,
    "lines": lines,
    "marks": few_marks,
    "breaks": breakable,
    "search": lambda text: parse(text[:200]),
    "marking": lambda text: marked(text, parse("fog a").phrases, ()),
    "found": lambda text: excerpt(text, parse("fog a").phrases),
}
FEW, MANY = 2_500, 10_000
# Work of less than this is not measured well, and not slow.
LEAST_NS = 1_000_000
MOST = 10


def work(read: Callable[[str], object], text: str) -> int:
    """The processor's nanoseconds of this thread: what else runs here does not count."""
    started = time.thread_time_ns()
    read(text)
    return time.thread_time_ns() - started


def growth(read: Callable[[str], object], seed: str, end: str) -> float:
    """How much more four times the text takes: the least of some times, as each may be disturbed."""
    few, many = ((seed * length)[:length] + end for length in (FEW, MANY))
    found: list[float] = []
    while len(found) < 4 and min(found, default=99) > MOST:
        found.append(work(read, many) / max(work(read, few), LEAST_NS))
    return min(found)


@pytest.mark.django_db
@pytest.mark.parametrize("blank", [" ", "\u3000", " \n", "\t"])
def test_a_text_of_many_blanks_before_its_first_word_breaks_no_page(
    ada: Person, bob: Person, blank: str, api_of: Callable[[Person], APIClient]
) -> None:
    assert shorten(blank * 2_000 + "fog", 200)
    post = publish_post(author=ada, body=blank * 1_000 + "@bob fog #fog")[0]
    reactions.comment(post_id=post.pk, author=bob, body=blank * 1_000 + "fog")
    reactions.like(post_id=post.pk, person_id=bob.pk)
    consume()
    for person in (ada, bob):
        for page in ("/", "/inbox/", f"/posts/{post.pk}/", "/search/?q=fog", "/tags/fog/", "/@ada/"):
            assert logged_in(person).get(page).status_code == 200
        assert api_of(person).get("/api/social/v1/notifications/").status_code == 200


@pytest.mark.parametrize("reader", READERS)
def test_four_times_the_text_is_less_than_ten_times_the_work(reader: str) -> None:
    """What is quadratic takes sixteen times as much."""
    grown = {(seed, end): growth(READERS[reader], seed, end) for seed in SEEDS for end in ("", "!")}
    assert {case: times for case, times in grown.items() if times > MOST} == {}


def test_a_text_whose_reading_is_quadratic_is_found_out() -> None:
    def quadratic(text: str) -> list[int]:
        return [text[at:].count("ab") for _ in range(20) for at in range(0, len(text), 25)]

    assert growth(quadratic, "a", "") > MOST
