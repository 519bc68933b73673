"""Templates that a person can read."""

import re
from pathlib import Path

import pytest
from django.template import Engine

from config.env import CHECKOUT
from tests.architecture.test_boundaries import templates


def test_the_button_of_what_is_on_or_off_is_written_once() -> None:
    written = [path.relative_to(CHECKOUT) for path in templates() if "data-off=" in path.read_text()]
    names = {"/".join(path.parts[-2:]) for path in written}
    assert names == {
        "web/toggle.html",
        "notifications/entry.html",  # marks all of an entry, which it stands in and replaces
        "notifications/endpoints.html",  # what push.js says when push is off
    }


@pytest.mark.parametrize("template", templates(), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_line_of_a_template_has_at_most_120_characters(template: Path) -> None:
    long = [number for number, line in enumerate(template.read_text().splitlines(), 1) if len(line) > 120]
    assert not long


# Text of people, shown with its own whitespace: a line that is broken within these elements would be seen.
KEEPS_WHITESPACE = re.compile(r'class="(?:[^"]* )?(?:prose|attempt-text)(?: [^"]*)?"[^>]*>\s*\n')


@pytest.mark.parametrize("template", templates(), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_no_whitespace_of_ours_is_seen_around_what_people_write(template: Path) -> None:
    assert not KEEPS_WHITESPACE.search(template.read_text())


# What is sent is indented by one space (config/template_loaders.py): nothing of several lines may need its own.
NEEDS_INDENTATION = re.compile(
    r"<(pre|textarea)\b[^>]*>(?:(?!</\1>).)*?\n(?:(?!</\1>).)*?</\1>"
    r"|\{% blocktranslate(?![^%]* trimmed)[^%]*%\}(?:(?!\{% endblocktranslate).)*?\n",
    re.DOTALL,
)


@pytest.mark.parametrize("template", templates(), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_nothing_in_a_template_needs_its_indentation(template: Path) -> None:
    assert not NEEDS_INDENTATION.search(template.read_text())


def test_what_is_sent_is_indented_by_one_space_at_most() -> None:
    ours, djangos = (Engine.get_default().get_template(name) for name in ("base.html", "admin/base.html"))
    assert Path(ours.origin.name).read_text() != ours.source
    assert [line.lstrip(" \t") for line in ours.source.splitlines()] == [
        line.lstrip(" \t") for line in Path(ours.origin.name).read_text().splitlines()
    ]
    assert "\n  " not in ours.source
    assert Path(djangos.origin.name).read_text() == djangos.source
