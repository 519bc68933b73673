"""Modules and messages have names made of docs/glossary.md, of the silhouette of an app, and of plain English."""

import re
from functools import cache
from pathlib import Path

import pytest

from config.env import CHECKOUT
from socialapp.messaging.messages import CATALOGUE

# The silhouette of a Django app, and of what this one is made with.
_SILHOUETTE = """
    admin api app apps auth authentication cache checks commands converters cursor database fields forms handlers
    htmx management models operations pages pagination parsers pwa queries query routes s3 schema sessions sql storage
    tasks templatetags token urls web
    """
# What people do here, and what they do it with.
_PLAIN = """
    about access account actions activities acts adapter added addresses answered answers audit base blocked bodies
    bookmarks bounces browsers bulk captcha changed changepassword cleaning cleanup clusters consumer contents
    conversations copying counts dashboard decoding deleted dispatch download drafts entities excerpts fast feeds files
    folding follow followed follows gallery guard guessing health highlight history hosts http hub humanize idempotency
    ids imaging join kinds labels languages leave lines links live log lookalikes mail maintenance media menu messages
    messaging names newest notes notice notices notifications outcome password path people person places plan post
    preferences problems processing profile published push queue quotes reach reaction reading reasons recent recheck
    redeliver redelivery removed removesecondfactor render reports request reschedule retention revoked roles safe
    schedule search send sent sentences serving slow socialapp stream subscriber suggestions suspended text theme time
    toggle trace unfollowed unread unsubscribe unsuspended updates uploads users versions visibility webhook wording
    zones
    """
ALLOWED = {*_SILHOUETTE.split(), *_PLAIN.split()}


@cache
def glossary() -> set[str]:
    """The single words of the glossary's terms."""
    terms = re.findall(r"^\| ([a-z -]+) \| [A-Z]", (CHECKOUT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    assert len(terms) >= 25
    return {word for term in terms for word in re.split(r"[ -]", term)}


def words_of(name: str) -> list[str]:
    """The words of a module's or a class's name."""
    return re.findall(r"[a-z0-9]+", re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower())


def is_known(word: str) -> bool:
    return bool({word, word.removesuffix("s"), re.sub("ies$", "y", word)} & (glossary() | ALLOWED))


def modules() -> list[Path]:
    """All modules and packages of the product's two halves that people named."""
    found = [path for root in ("notifications", "socialapp") for path in sorted((CHECKOUT / root).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_module_is_named_in_known_words(path: Path) -> None:
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    words = [word for part in parts if part != "__init__" for word in words_of(part)]
    assert [word for word in words if not is_known(word)] == []


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_message_is_named_in_known_words(name: str) -> None:
    assert [word for word in words_of(name) if not is_known(word)] == []


def test_each_word_says_where_it_lives() -> None:
    rows = re.findall(r"^\| .* \| ([^|]+) \|$", (CHECKOUT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    places = [place for row in rows for place in re.findall(r"`([^`]+)`", row)]
    assert len(places) >= 25
    assert [place for place in places if not (CHECKOUT / place).exists()] == []


def test_a_word_that_means_nothing_is_not_known() -> None:
    assert not is_known("doorbell")
    assert not is_known("utils")
    assert words_of("ReactionAdded") == ["reaction", "added"]
