"""The road of a like: the files that somebody who follows it has to open, counted by letting it go there.

A file counts when a function of it runs from the view on, or a statement that is written in it; the two lists of routes
count, too. What runs before the view for every request alike does not, nor do models.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from config.env import CHECKOUT
from notifications import tasks as channels
from notifications.models import Delivery, DeliverySchedule, Kind, NotificationGroup
from reactions.api import LikeView
from socialapp.follows.operations import follow
from socialapp.messaging import tasks as messages
from socialapp.posts.models import Post
from socialapp.sql import Prepared
from socialapp.users.models import Person
from tests.notifications.fakes import Other, other, pass_time

__all__ = ["other"]
pytestmark = pytest.mark.django_db(transaction=True)

# They may only fall. Of a process in which nothing is cached yet.
TO_THE_INBOX, TO_A_PUSH, TO_A_DIGEST = 30, 52, 55
ROUTES = {"config/api_urls.py", "reactions/api_urls.py"}
PRODUCT = ("bin", "config", "socialapp", "reactions", "notifications")


def test_the_road_to_the_inbox(api_of: Callable[[Person], APIClient], bob: Person, post: Post) -> None:
    files = road_to_the_inbox(api_of(bob), post)
    assert len(files) <= TO_THE_INBOX, listed(files)


def test_the_road_to_a_push(
    api_of: Callable[[Person], APIClient], other: Other, ada: Person, bob: Person, post: Post
) -> None:
    follow(follower_id=ada.pk, followee_id=bob.pk)  # of whom Ada wants likes outside of her inbox, too
    messages.consume()
    other.browser_of(ada)
    files = road_to_the_inbox(api_of(bob), post)
    pass_time(timedelta(minutes=1))
    with followed() as more:
        channels.deliver(queue="push")
    assert other.told(ada, "push") == 1
    assert len(files | more) <= TO_A_PUSH, listed(files | more)


def test_the_road_to_a_digest(
    api_of: Callable[[Person], APIClient], other: Other, ada: Person, bob: Person, post: Post
) -> None:
    follow(follower_id=ada.pk, followee_id=bob.pk)
    messages.consume()
    other.mail_of(ada)
    hour = (timezone.now() + timedelta(hours=3)).time()
    DeliverySchedule.objects.create(person=ada, mail_rhythm="daily", digest_at=hour)
    files = road_to_the_inbox(api_of(bob), post)
    with followed() as more:
        for wait in (timedelta(minutes=4), timedelta(hours=3)):
            pass_time(wait)
            channels.deliver(queue="email")
    assert Delivery.objects.filter(kind=Kind.LIKE).get().state == Delivery.State.SENT
    assert len(files | more) <= TO_A_DIGEST, listed(files | more)


def road_to_the_inbox(api: APIClient, post: Post) -> set[str]:
    with followed(begin=LikeView.put.__code__) as files:
        assert api.put(f"/api/social/v1/posts/{post.pk}/like/").status_code == 201
    with followed() as more:
        messages.consume()
    assert NotificationGroup.objects.filter(kind=Kind.LIKE).get().count == 1
    return ROUTES | files | more


@contextmanager
def followed(begin: CodeType | None = None) -> Iterator[set[str]]:
    """The files of the product that are needed meanwhile; with `begin`, only inside of that function."""
    found: set[str] = set()
    inside = begin is None

    def note_call(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal inside
        if frame.f_code is begin:
            inside = event == "call"
        if inside and event == "call" and frame.f_code.co_name != "<module>":
            found.update(product_file(frame.f_code.co_filename))

    def note_statement(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        if inside:
            found.update(files_of(statement))
        return execute(statement, *rest)

    with connection.execute_wrapper(note_statement):
        sys.setprofile(note_call)
        try:
            yield found
        finally:
            sys.setprofile(None)


@cache
def product_file(name: str) -> set[str]:
    if not Path(name).is_relative_to(CHECKOUT):
        return set()
    found = Path(name).relative_to(CHECKOUT)
    return {str(found)} if found.parts[0] in PRODUCT and "models" not in {found.stem, *found.parts} else set()


def files_of(statement: str) -> set[str]:
    """Where it is written: the module that has it as a name, and the statements of the same package that it imports."""
    kind = [sys.modules[type(statement).__module__]] if type(statement) is not str else []
    holders = [
        (name, module)
        for name, module in list(sys.modules.items())
        if name.startswith(PRODUCT) and any(is_part(value, statement) for value in vars(module).values())
    ]
    parts = [part for name, module in holders for part in parts_of(name.rpartition(".")[0], module)]
    return set().union(*(product_file(each.__file__ or "") for each in [*kind, *(m for _, m in holders), *parts]))


def is_part(value: object, statement: str) -> bool:
    """Whether it is this statement, or one that is executed after settings that go with it (Prepared.after)."""
    return value is statement or (isinstance(value, Prepared) and statement.endswith(value))


def parts_of(package: str, module: ModuleType) -> list[ModuleType]:
    names = statements_imported(module.__file__ or "")
    return [sys.modules[name] for name in names if name.startswith(package) and name in sys.modules]


@cache
def statements_imported(file: str) -> list[str]:
    """The modules of statements that it names: `…sql`, or one in there."""
    imports = [node for node in ast.walk(ast.parse(Path(file).read_text())) if isinstance(node, ast.ImportFrom)]
    names = [name for node in imports for name in (node.module, *(f"{node.module}.{each.name}" for each in node.names))]
    return [name for name in names if name and "sql" in name.split(".")]


def listed(files: set[str]) -> str:
    lines = {file: len((CHECKOUT / file).read_text().splitlines()) for file in sorted(files)}
    return "\n".join([f"{len(files)} files, {sum(lines.values())} lines:", *map(str, lines.items())])
