"""Docs cannot rot: what there is, is told."""

import re

from django.core.management import get_commands
from drf_spectacular.generators import SchemaGenerator

from config.env import CHECKOUT
from socialapp.messaging.messages import CATALOGUE

OURS = ("config", "socialapp.", "reactions", "notifications")


def doc(name: str) -> str:
    """A page of docs/."""
    return (CHECKOUT / "docs" / name).read_text()


def test_each_setting_is_told() -> None:
    read = set(re.findall(r"^\| ([A-Z_]+) \|", (CHECKOUT / "config" / "env.py").read_text(), re.MULTILINE))
    assert "DATABASE_URL" in read
    assert {name for name in read if f"`{name}`" not in doc("operations.md")} == set()


def test_each_command_is_told() -> None:
    ours = {name for name, app in get_commands().items() if str(app).startswith(OURS)}
    assert "audit" in ours
    assert {name for name in ours if f"| `{name}" not in doc("operations.md")} == set()


def test_each_message_is_told() -> None:
    assert {name for name in CATALOGUE if f"`{name}`" not in doc("architecture.md")} == set()


def test_each_route_of_the_api_is_told() -> None:
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
