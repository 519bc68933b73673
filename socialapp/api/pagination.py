"""Keyset pages, for API and pages alike: page 1,000 costs what page 1 costs, and nothing shifts under the reader.

A token names the row at the edge of a page and the direction to read from it. It is signed, so that no value made by a
client reaches a statement (3 µs each way). See Winand, SQL Performance Explained, "Paging Through Results".
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
CURSOR_LENGTH = 500
BIGINT = 2**63

T = TypeVar("T")
M = TypeVar("M", bound=Model)


class BadCursor(ValidationError):
    """This cursor was not made here. Leave it out to start from the first page."""

    def __init__(self) -> None:
        super().__init__({"cursor": [_("This cursor was not made here. Leave it out to start from the first page.")]})


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items in reading order, and the tokens of the next and previous page; None where there is none."""

    items: list[T]
    next: str | None = None
    previous: str | None = None

    def with_items(self, items: "list[Any]") -> "Page[Any]":
        return replace(self, items=items)


@dataclass(frozen=True)
class Cursor:
    """Where to read on: after the row with this key, or before it when `backwards` (towards the first page)."""

    key: tuple[Any, ...]
    backwards: bool = False

    def token(self) -> str:
        text = json.dumps(["<" if self.backwards else ">", *self.key], separators=(",", ":"), default=str)
        return _signer().sign(base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))


def read_token(token: str | None, readers: Sequence[Callable[[Any], Any]]) -> Cursor | None:
    """Return the cursor of a token, None for an empty one; `readers` parse the parts of its key. Raises BadCursor."""
    if not token:
        return None
    try:
        content = _signer().unsign(token)
        direction, *key = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
        if direction not in {"<", ">"} or len(key) != len(readers):
            raise BadCursor
        values = tuple(read(part) for read, part in zip(readers, key, strict=True))
    except (BadSignature, ValueError, TypeError, OverflowError, ValidationError) as error:
        raise BadCursor from error
    if any(value is None or (isinstance(value, int) and abs(value) >= BIGINT) for value in values):
        raise BadCursor
    return Cursor(values, backwards=direction == "<")


@cache
def _signer() -> Signer:
    return Signer(salt=__name__, sep=".")


def cut(rows: Sequence[T], *, key: Callable[[T], tuple[Any, ...]], cursor: Cursor | None, size: int) -> Page[T]:
    """Make a page of `rows`, which were fetched in the cursor's direction, up to one more than `size`."""
    more = len(rows) > size
    items = list(rows[:size])
    backwards = cursor is not None and cursor.backwards
    if backwards:
        items.reverse()
    if not items:
        return Page([])
    first, last = Cursor(key(items[0]), backwards=True).token(), Cursor(key(items[-1])).token()
    if backwards:
        return Page(items, next=last, previous=first if more else None)
    return Page(items, next=last if more else None, previous=first if cursor else None)


def paginate(queryset: QuerySet[M], ordering: Sequence[str], token: str | None, size: int = PAGE_SIZE) -> Page[M]:
    """Return a page of a queryset ordered by one or two fields that are unique together, both in the same direction."""
    names = [name.removeprefix("-") for name in ordering]
    fields = [queryset.model._meta.get_field(name) for name in names]
    cursor = read_token(token, [field.to_python for field in fields])  # type: ignore[union-attr]
    descending = ordering[0].startswith("-")
    backwards = cursor is not None and cursor.backwards
    if cursor:
        queryset = queryset.filter(_beyond(names, cursor.key, less=descending != backwards))
    if backwards:
        ordering = [name if descending else f"-{name}" for name in names]
    return cut(
        list(queryset.order_by(*ordering)[: size + 1]),
        key=lambda row: tuple(getattr(row, field.attname) for field in fields),  # type: ignore[union-attr]
        cursor=cursor,
        size=size,
    )


def _beyond(names: Sequence[str], key: tuple[Any, ...], *, less: bool) -> Q:
    """The condition for rows past `key`. Of two columns, its first part is what an index on both can seek to."""
    strictly = "lt" if less else "gt"
    if len(names) == 1:
        return Q((f"{names[0]}__{strictly}", key[0]))
    first, second = names
    return Q((f"{first}__{strictly}e", key[0])) & (
        Q((f"{first}__{strictly}", key[0])) | Q((f"{second}__{strictly}", key[1]))
    )
