"""Copy all pictures from one storage to another. The contents of a name never change."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.core.files.base import ContentFile

from socialapp.media.files import NAME

AT_ONCE = 8
# The name of a public file, or of one that was moved aside; or of an upload.
_OURS = re.compile(rf"{NAME}|[0-9a-f]{{32}}")


def copy(source: Any, target: Any, wanted: dict[str, int], on_each: Callable[[], object]) -> int:
    """Copy the files that `target` has not, or not whole. `wanted` has the size of each. Returns how many."""
    there = dict(target.files())

    def one(name: str) -> bool:
        if there.get(name) == wanted[name]:
            return False
        with suppress(FileNotFoundError):  # it was moved or deleted meanwhile
            with source.open(name) as file:
                target.save(name, ContentFile(file.read()))
            return True
        return False

    copied = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for is_new in pool.map(one, wanted):
            copied += is_new
            on_each()
    return copied


def remove(target: Any, wanted: dict[str, int]) -> int:
    """Remove pictures that `wanted` has not: what was hidden meanwhile must not stay in public. Returns how many."""
    gone = [name for name, _size in target.files() if name not in wanted and _OURS.fullmatch(name)]
    for name in gone:
        target.delete(name)
    return len(gone)
