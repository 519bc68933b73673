"""A sheet stands beside the templates that it is for: who deletes an app deletes its looks with it, and no others."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from config.env import CHECKOUT
from socialapp.web.storage import SHELL, bundled_apps
from tests.architecture.test_boundaries import app_of, may_use, templates

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SELECTORS = re.compile(r"([^{};]+){")
CLASS = re.compile(r"\.([a-z][\w-]*)", re.IGNORECASE)
ATTRIBUTE = re.compile(r'\bclass="((?:{%.*?%}|{{.*?}}|[^"])*)"')
TAG = re.compile(r"{%.*?%}|{{.*?}}")
ELSEWHERE = {"admin"}  # Django's admin has sheets of its own, which are linked where they are needed


def sheets() -> list[Path]:
    """Those that are joined to the one of all pages."""
    found = (CHECKOUT / top for top in ("socialapp", "reactions", "notifications", "config"))
    return sorted(path for top in found for path in top.rglob("static/*/css/*.css"))


def rules() -> dict[str, set[str]]:
    """For each class, the apps whose sheets have a rule for it."""
    found = defaultdict(set)
    for sheet in sheets():
        for selectors in SELECTORS.findall(COMMENT.sub("", sheet.read_text())):
            for name in CLASS.findall(selectors):
                found[name].add(app_of(sheet))
    return found


def uses() -> dict[str, set[str]]:
    """For each class, the apps whose templates write it."""
    found = defaultdict(set)
    for template in templates():
        if not ELSEWHERE & set(template.parts):
            for value in ATTRIBUTE.findall(template.read_text()):
                for name in TAG.sub(" ", value).split():
                    found[name].add(app_of(template))
    return found


RULES, USES = rules(), uses()


@pytest.mark.parametrize("name", sorted(RULES.keys() & USES.keys()))
def test_a_class_is_dressed_by_its_app_or_by_one_that_its_app_may_know(name: str) -> None:
    lost = {app for app in USES[name] if not any(may_use(app, other) for other in RULES[name])}
    assert not lost


@pytest.mark.parametrize("name", sorted(name for name in RULES.keys() & USES.keys() if len(USES[name]) == 1))
def test_a_class_of_one_app_alone_is_dressed_by_that_app_or_the_shell(name: str) -> None:
    assert RULES[name] & (USES[name] | {SHELL}) or USES[name] == {"config"}  # which fills slots of other apps


@pytest.mark.parametrize("sheet", sheets(), ids=lambda path: path.name)
def test_a_sheet_lies_in_the_folder_of_its_app(sheet: Path) -> None:
    assert sheet.parent.parent.name == app_of(sheet)
    assert app_of(sheet) in bundled_apps()
