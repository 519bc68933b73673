"""Docs cannot rot: what there is, is told."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands
from drf_spectacular.generators import SchemaGenerator

from config.env import CHECKOUT
from socialapp.limits.rates import KINDS
from socialapp.messaging.messages import CATALOGUE

OURS = ("bin.", "config", "socialapp.", "reactions", "notifications")


def doc(name: str) -> str:
    """A page of docs/."""
    return (CHECKOUT / "docs" / name).read_text()


def test_each_setting_is_documented() -> None:
    read = set(re.findall(r"^\| ([A-Z_]+) \|", (CHECKOUT / "config" / "env" / "__init__.py").read_text(), re.MULTILINE))
    assert "DATABASE_URL" in read
    assert {name for name in read if f"`{name}`" not in doc("operations.md")} == set()


def test_each_limit_is_documented_with_its_rates() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .*\| (\S+) \| (\S+) \|$", doc("limits.md"), re.MULTILINE)
    rates = {kind.name: kind.rates.split() for kind in KINDS.values()}
    assert rows == [(name, each[0], each[-1]) for name, each in rates.items()]


def test_each_command_is_documented() -> None:
    ours = {name for name, app in get_commands().items() if str(app).startswith(OURS)}
    assert "audit" in ours
    assert {name for name in ours if f"| `{name}" not in doc("operations.md")} == set()


def test_each_message_is_documented() -> None:
    assert {name for name in CATALOGUE if f"`{name}`" not in doc("architecture.md")} == set()


def test_each_route_of_the_api_is_documented() -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]  # type: ignore[no-untyped-call]
    routes = {path.removeprefix("/api/social/v1/") for path in paths}
    assert "posts/{post_id}/like/" in routes
    told = doc("api.md")
    assert {route for route in routes if re.sub(r"{\w+_id}", "{id}", route) not in told} == set()


def test_each_operation_of_the_api_is_described_for_strangers() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    operations = {
        f"{method} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }
    assert len(operations) > 60
    # A sentence that begins with a verb, says what comes back, and does not need the one before it.
    is_sentence = re.compile(r"[A-Z][a-z]+ (\S+ ){2,}[^.]*[.:;]", re.DOTALL).match
    assert [name for name, each in operations.items() if not is_sentence(each.get("description", ""))] == []
    parameters = {
        f"{name}: {parameter['name']}": parameter.get("description")
        for name, each in operations.items()
        for parameter in each.get("parameters", [])
        if parameter["in"] != "path" and "enum" not in parameter["schema"]
    }
    assert [name for name, description in parameters.items() if not description] == []


def test_the_plots_of_the_readme_are_there() -> None:
    shown = re.findall(r"docs/benchmarks/[\w-]+\.\w+", (CHECKOUT / "README.md").read_text())
    assert [path for path in shown if not (CHECKOUT / path).exists()] == []


def test_the_pictures_of_the_readme_are_there() -> None:
    shown = re.findall(r"docs/pictures/[\w-]+\.png", (CHECKOUT / "README.md").read_text())
    assert len(shown) >= 6
    assert [path for path in shown if not (CHECKOUT / path).exists()] == []


def test_a_body_that_is_a_file_is_required() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    uploads = {
        f"{method} {path}": operation["requestBody"].get("required")
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if "image/*" in operation.get("requestBody", {}).get("content", {})
    }
    assert uploads == {"post /api/social/v1/pictures/": True, "put /api/social/v1/me/avatar/": True}


# What decisions name though it is not a part of this code.
_NOT_OURS = {
    "application/json",  # a content type
    "hot_standby_feedback",  # a setting of PostgreSQL
    "pg_bigm",  # an extension of PostgreSQL that was decided against
    "posts_post.words",  # a column of the database
    "pg_last_xact_replay_timestamp",  # a function of PostgreSQL
    "request.user",  # Django's
    "www.example.com",  # an example of a text
}
_REMOVED = {
    "socialapp/http",  # ADR 41 says what became of it
}


@cache
def paths() -> list[str]:
    """Each file and folder of the checkout, with a slash before it."""
    roots = ("benchmarks", "bin", "config", "docs", "notifications", "reactions", "socialapp", "tests")
    below = [path for root in roots for path in [CHECKOUT / root, *(CHECKOUT / root).rglob("*")]]
    return [f"/{path.relative_to(CHECKOUT)}" for path in [*CHECKOUT.glob("*.*"), *below]]


def places(name: str) -> list[Path]:
    """The files and folders that a name, whole or without its first folders, leads to."""
    return [CHECKOUT / path[1:] for path in paths() if path.endswith(f"/{name.rstrip('/')}")]


def has(module: Path, name: str) -> bool:
    """Say whether a module has this function, class, constant or attribute."""
    return module.is_file() and bool(re.search(rf"^\s*(def |class )?{name}\b", module.read_text(), re.MULTILINE))


@cache
def words() -> set[str]:
    """Each word of the code, but of this module."""
    modules = [CHECKOUT / path[1:] for path in paths() if path.endswith(".py")]
    return {word for each in modules if each != Path(__file__) for word in re.findall(r"\w+", each.read_text())}


def is_name(quoted: str) -> bool:
    """Say whether it is a path, a dotted name, `module.py: name`, or a name with a capital or an underscore in it."""
    path = r"(?!/)([\w-]+/[\w./-]*|\w+\.(py|md|toml|js|po))(: \w+)?"
    return bool(re.fullmatch(rf"{path}|[a-z]\w*(\.\w+)+(:\w+)?|[A-Z][A-Za-z]\w+|[a-z]+_\w+", quoted))


def leads_somewhere(name: str) -> bool:
    """Say whether a path, `module.py: name`, `package.module:name`, `package.module.name` or a name alone exists."""
    if re.fullmatch(r"\w+", name):
        return name in words()
    path, _, rest = name.partition(": ")
    if "/" in path or re.search(r"\.(py|md|toml|js|po)$", path):
        return any(not rest or has(place, rest) for place in places(path))
    *modules, last = re.split(r"[.:]", name)
    module = "/".join(modules)
    inside = [*places(f"{module}.py"), *places(f"{module}/__init__.py")]
    return bool(places(f"{module}/{last}") or places(f"{module}/{last}.py")) or any(has(each, last) for each in inside)


@pytest.mark.parametrize("adr", sorted((CHECKOUT / "docs" / "adr").glob("*.md")), ids=lambda adr: adr.stem)
def test_what_a_decision_names_exists(adr: Path) -> None:
    quoted = set(re.findall(r"`([^`\s]+(?:: \w+)?)`", adr.read_text())) - _NOT_OURS - _REMOVED
    assert [name for name in sorted(quoted) if is_name(name) and not leads_somewhere(name)] == []


@pytest.mark.parametrize("page", sorted((CHECKOUT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_a_function_that_the_docs_name_exists(page: Path) -> None:
    dotted = set(re.findall(r"`([a-z]\w*(?:\.[a-z]\w+)+)(?:\(\))?`", page.read_text()))
    ours = {name for name in dotted if places(f"{name.partition('.')[0]}.py") or places(name.partition(".")[0])}
    assert [
        name
        for name in sorted(ours)
        if not (leads_somewhere(name) or name.endswith((".csv", ".json", ".jsonl", ".svg")))
    ] == []


def test_what_was_removed_is_still_gone() -> None:
    assert [name for name in sorted(_REMOVED) if leads_somewhere(name)] == []


def test_a_name_leads_somewhere_or_not() -> None:
    assert leads_somewhere("notifications/handlers.py")
    assert leads_somewhere("inbox/sql/join.py: JOIN")
    assert leads_somewhere("config.broker:Transport")
    assert leads_somewhere("follows.sql.LOCK_PAIR")
    assert not leads_somewhere("http/links.py")
    assert not leads_somewhere("inbox/sql/join.py: SPLIT")
    assert not leads_somewhere("deliveries.claiming.claim")
    assert not leads_somewhere("REPLY_LISTENERS")
