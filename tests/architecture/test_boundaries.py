"""The two back doors between apps that import-linter cannot see, and the one package that reads the environment."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Field
from django.db.models.fields.related import RelatedField

from config.env import CHECKOUT

# Lowest first: a template may use the tags and templates of its own app and of those before it.
LAYERS = [
    *(
        "text",
        "limits",
        "web",
        "api",
        "counters",
        "messaging",
        "media",
        "about",
        "users",
        "signup",
        "filters",
        "posts",
        "follows",
    ),
    *("bookmarks", "search", "feeds", "moderation", "takeout", "reactions", "notifications", "config"),
]
SIBLINGS = [
    {"posts", "follows"},
    {"bookmarks", "search", "feeds", "moderation"},
    {"reactions", "notifications"},
    {"counters", "messaging"},
    {"text", "limits"},
    {"signup", "follows"},
    {"signup", "posts"},
]
SOURCES = [CHECKOUT / name for name in ("config", "socialapp", "reactions", "notifications")]
LOAD = re.compile(r"{%\s*load\s+([^%]+?)\s*%}")
INCLUDE = re.compile(r"{%\s*(?:include|extends)\s+\"([a-z]+)/")
ALREADY_THERE = {"static", "i18n", "account", "allauth"}
ENVIRONMENT = re.compile(r"os\.(environ|getenv)")
ENTRANCES = {"config/wsgi.py", "config/celery.py", "config/live.py", "manage.py"}


def templates() -> list[Path]:
    """All of ours."""
    return sorted(path for source in SOURCES for path in source.rglob("templates/**/*.html"))


def app_of(path: Path) -> str:
    """The app in whose folder a file lies."""
    parts = path.relative_to(CHECKOUT).parts
    return parts[1] if parts[0] == "socialapp" else parts[0]


def libraries() -> dict[str, str]:
    """Each template library of ours, and its app."""
    found = (path for source in SOURCES for path in source.rglob("templatetags/*.py"))
    return {path.stem: app_of(path) for path in found if path.stem != "__init__"}


def may_use(app: str, other: str) -> bool:
    """Does the order of layers let `app` know `other`?"""
    if app == other or other not in LAYERS:
        return True
    return LAYERS.index(other) < LAYERS.index(app) and not any({app, other} <= pair for pair in SIBLINGS)


def relations() -> list[RelatedField]:  # type: ignore[type-arg]
    """Each foreign key of our models."""
    ours = (m for m in apps.get_models() if m.__module__.split(".")[0] in {"socialapp", "reactions", "notifications"})
    fields: list[Field] = [field for model in ours for field in model._meta.local_fields]  # type: ignore[type-arg]
    return [field for field in fields if isinstance(field, RelatedField)]


@pytest.mark.parametrize("field", relations(), ids=str)
def test_no_app_hangs_an_accessor_on_a_model_of_another(field: RelatedField) -> None:  # type: ignore[type-arg]
    same_app = field.model._meta.app_label == field.related_model._meta.app_label
    assert same_app or field.remote_field.related_name == "+"


@pytest.mark.parametrize("template", templates(), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_template_uses_only_what_its_app_may_know(template: Path) -> None:
    text, app, known = template.read_text(), app_of(template), libraries()
    loaded = {name for names in LOAD.findall(text) for name in names.split()} - ALREADY_THERE
    assert loaded <= set(known)
    assert [name for name in loaded if not may_use(app, known[name])] == []
    assert [other for other in INCLUDE.findall(text) if not may_use(app, other)] == []


def test_only_one_package_reads_the_environment() -> None:
    files = [CHECKOUT / "manage.py", *(path for source in SOURCES for path in source.rglob("*.py"))]
    readers = {str(path.relative_to(CHECKOUT)) for path in files if ENVIRONMENT.search(path.read_text())}
    assert {name for name in readers if not name.startswith("config/env/")} <= ENTRANCES | {
        "bin/runtime/environment.py"
    }
