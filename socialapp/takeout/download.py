"""Hands out an archive: its parts one after another, from any byte on, without ever having all of it in memory."""

import re
from collections.abc import Iterator
from threading import BoundedSemaphore

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render

from socialapp.takeout.files import exports
from socialapp.takeout.models import Export
from socialapp.takeout.queries import parts_of

SALT = "takeout.download"
# How long a link works after its owner typed the password: long enough to resume a download that was cut off.
LINK_LIFETIME_S = 6 * 60 * 60
# Each holds a thread of the web process for as long as it takes.
AT_ONCE = 2
_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})?")
_turns = BoundedSemaphore(AT_ONCE)


def key_of(export: Export) -> str:
    """What a link needs so that the archive can be downloaded. Only its owner gets it, and needs to be logged in."""
    return signing.dumps([export.pk, export.person_id], salt=SALT)


def is_key_of(export: Export, key: str) -> bool:
    """Whether this is a key of the export that has not ended."""
    try:
        return bool(signing.loads(key, salt=SALT, max_age=LINK_LIFETIME_S) == [export.pk, export.person_id])
    except signing.BadSignature:
        return False


def is_there(export: Export) -> bool:
    """Whether its files are: a backup has none, and so they are gone from a site that was restored."""
    first = parts_of(export).values_list("file", flat=True).first()
    return first is not None and exports().exists(first)


def answer(request: HttpRequest, export: Export) -> HttpResponseBase:
    """Answer with the archive, or with the range of it that is asked for (RFC 9110, 14). 503 when many download."""
    begins_at, ends_at = _range(request, export.size)
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="archive-{export.created_at:%Y%m%d%H%M%S}.zip"',
        "ETag": f'"{export.pk}"',
        "X-Accel-Buffering": "no",
    }
    if begins_at >= ends_at:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{export.size}"})
    is_whole = (begins_at, ends_at) == (0, export.size)
    if not is_whole:
        headers["Content-Range"] = f"bytes {begins_at}-{ends_at - 1}/{export.size}"
    headers["Content-Length"] = str(ends_at - begins_at)
    status = 200 if is_whole else 206
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers, content_type="application/zip")
    if not _turns.acquire(blocking=False):
        busy = render(request, "takeout/busy.html", status=503)
        busy.headers["Retry-After"] = "60"
        return busy
    content = _Content(list(parts_of(export).values_list("file", "size")), begins_at, ends_at)
    return StreamingHttpResponse(content, status=status, headers=headers, content_type="application/zip")


def _range(request: HttpRequest, size: int) -> tuple[int, int]:
    """The first byte, and the one behind the last. What is no range of ours is all of it, as the RFC has it."""
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if not asked:
        return 0, size
    return int(asked[1]), min(int(asked[2]) + 1, size) if asked[2] else size


class _Content:
    """The bytes between two places of an archive. Its turn ends when it is closed, whether or not it was read."""

    def __init__(self, parts: list[tuple[str, int]], begins_at: int, ends_at: int) -> None:
        self._bytes = _slices(parts, begins_at, ends_at)
        self._is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self._bytes

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            _turns.release()

    # A server that forgets to close an answer must not take its turn for ever.
    __del__ = close


def _slices(parts: list[tuple[str, int]], begins_at: int, ends_at: int) -> Iterator[bytes]:
    at = 0
    for file, size in parts:
        start, stop = max(begins_at - at, 0), min(ends_at - at, size)
        if start < stop:
            with exports().open(file) as part:
                yield part.read()[start:stop]
        at += size
