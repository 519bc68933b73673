"""Texts of several lines, as people write them."""

import re

_EMPTY_LINES = re.compile(r"\A\s*\n")


def as_written(text: str) -> str:
    """Without the empty lines around it, and with the spaces before its first word, which may be the edge of a drawing.

    A line break is one character, whatever the sender's system writes for it.
    """
    return _EMPTY_LINES.sub("", text.replace("\r\n", "\n").rstrip())
