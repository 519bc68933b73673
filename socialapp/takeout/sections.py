"""What a file of an export is, for each app that has something to put in one (settings.EXPORT_SECTIONS)."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.module_loading import import_string

from socialapp.users.models import Person

CONTEXT = "https://www.w3.org/ns/activitystreams"
# How many rows are read at once.
BATCH = 1_000


class Form(Enum):
    """How the rows of a section are written."""

    DOCUMENT = "one row, as JSON"
    COLLECTION = "an OrderedCollection of ActivityStreams"
    TABLE = "CSV"
    FILES = "each row a file: its name and its bytes"


@dataclass(frozen=True)
class Section:
    """A file of an export, or files in a row. Two sections of one name in a row are one file.

    `rows` yields some rows of a person, up to a batch, as (key, row): those beyond the key `after`, which is None at
    first, in the order of keys; nothing when there is none. A key is a value of JSON. `count` is how many there are,
    about. A row is a value of JSON, of a table a list of texts, of files (name, bytes).
    """

    name: str
    form: Form
    rows: Callable[[Person, Any], Iterable[tuple[Any, Any]]]
    count: Callable[[Person], int] = field(default=lambda _person: 1)
    header: tuple[str, ...] = ()

    def beginning(self) -> bytes:
        """What stands before the rows."""
        if self.form == Form.COLLECTION:
            head = {"@context": CONTEXT, "id": self.name, "type": "OrderedCollection"}
            return json.dumps(head).encode()[:-1] + b', "orderedItems": ['
        return csv_line(self.header) if self.header else b""

    def line(self, row: Any, number: int) -> bytes:
        """A row as it is written, `number` rows after the first."""
        if self.form == Form.TABLE:
            return csv_line(row)
        indent = 1 if self.form == Form.DOCUMENT else None
        text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False, indent=indent).encode()
        return text if self.form == Form.DOCUMENT else (b",\n" if number else b"\n") + text

    def ending(self, number: int) -> bytes:
        """What stands after `number` rows."""
        return b'\n], "totalItems": %d}\n' % number if self.form == Form.COLLECTION else b""


def csv_line(cells: Iterable[str]) -> bytes:
    """A line of CSV, as RFC 4180 has it."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def all_sections() -> dict[str, Section]:
    """The sections of an export, in order, each by its path in settings.EXPORT_SECTIONS."""
    return {path: import_string(path) for path in settings.EXPORT_SECTIONS}


def document(name: str, content: Callable[[Person], Any]) -> Section:
    """A file with one value of JSON."""

    def rows(person: Person, after: Any) -> Iterable[tuple[Any, Any]]:
        return [(1, content(person))] if after is None else []

    return Section(name, Form.DOCUMENT, rows)
