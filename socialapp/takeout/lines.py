"""Reads the lines of a file of CSV, as Mastodon and others export them: with a header or without one."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from socialapp.takeout.kinds import ImportKind

MOST_BYTES = 4 * 2**20
MOST_LINES = 20_000
LONGEST = 200
# What stands above the first column, in the files of those who write that line.
_HEADERS = {"account address", "account", "address", "#uri", "uri", "url", "link", "#domain"}


@dataclass(frozen=True)
class Line:
    """What the first cell names, and the other cells by their header."""

    text: str
    options: dict[str, str] = field(default_factory=dict)


def read(data: bytes, kind: ImportKind) -> list[Line]:
    """The lines of a file, each thing once, in order. Raises ValidationError for what is no such file."""
    if len(data) > MOST_BYTES:
        raise ValidationError(_("This file is larger than %(n)d MB.") % {"n": MOST_BYTES // 2**20})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError(_("This is no text file in UTF-8. Choose a file of CSV.")) from error
    if "\0" in text:
        raise ValidationError(_("This is no text file in UTF-8. Choose a file of CSV."))
    lines = list(_unique(_lines(text)))
    if not lines:
        raise ValidationError(_("This file is empty."))
    if not any(kind.is_one(line.text) for line in lines):
        what = {"first": lines[0].text[:60], "kind": kind.label}
        raise ValidationError(_("This is no list for “%(kind)s”: it begins with “%(first)s”.") % what)
    return lines


def _lines(text: str) -> Iterator[Line]:
    header: list[str] = []
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""))):
            cells = [cell.strip() for cell in row]
            if not cells or not cells[0]:
                continue
            if not header and number == 0 and cells[0].lower() in _HEADERS:
                header = [cell.lower() for cell in cells]
                continue
            yield Line(cells[0][:LONGEST], dict(zip(header[1:], cells[1:], strict=False)))
    except csv.Error as error:
        raise ValidationError(_("This file is no CSV: %(why)s.") % {"why": error}) from error


def _unique(lines: Iterator[Line]) -> Iterator[Line]:
    seen: set[str] = set()
    for line in lines:
        if line.text.lower() in seen:
            continue
        seen.add(line.text.lower())
        if len(seen) > MOST_LINES:
            raise ValidationError(_("This file has more than %(n)d lines. Cut it in two.") % {"n": MOST_LINES})
        yield line
