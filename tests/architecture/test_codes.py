"""Kinds, states, channels and reasons are enums, in SQL too: a code that is renamed there is renamed everywhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models import TextChoices

from config.env import CHECKOUT
from notifications.models import (
    Attempt,
    ChannelName,
    Delivery,
    EndpointNotice,
    FanOut,
    FromWhom,
    Kind,
    Reason,
    Rhythm,
)
from socialapp.visibility import Visibility

ENUMS: tuple[type[TextChoices], ...] = (
    Kind, EndpointNotice, ChannelName, FromWhom, Rhythm, Reason, Delivery.State, FanOut.State, Attempt.Outcome,
    Visibility,
)  # fmt: skip
CODES = {code for enum in ENUMS for code in enum.values}
# As SQL writes text: in single quotes, alone or in an array.
QUOTED = re.compile(r"'\{?(\w+)\}?'")
SOURCES = [
    path
    for app in ("notifications", "reactions", "socialapp")
    for path in (CHECKOUT / app).rglob("*.py")
    if "migrations" not in path.parts
]


def codes_in(source: str) -> Iterator[tuple[int, str]]:
    """Line and code of each that a string quotes as SQL does. What an f-string puts in does not count."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from ((node.lineno, code) for code in QUOTED.findall(node.value) if code in CODES)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_sql_takes_each_code_from_its_enum(path: Path) -> None:
    assert list(codes_in(path.read_text())) == []


def test_a_literal_would_be_found_and_an_enum_is_not() -> None:
    assert [code for _, code in codes_in('''x = "WHERE state = 'waiting'"''')] == ["waiting"]
    assert [code for _, code in codes_in('''x = f"WHERE state = 'dead' AND {y} = '{z}'"''')] == ["dead"]
    assert [code for _, code in codes_in('''x = "states = '{sent}'"''')] == ["sent"]
    assert list(codes_in('''x = f"WHERE state = '{State.WAITING}' AND reason IN {one_of(Reason)}"''')) == []


def test_a_code_is_a_word_that_fits_its_column() -> None:
    assert [code for code in CODES if not re.fullmatch(r"[a-z_]{1,30}", code)] == []
