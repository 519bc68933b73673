"""Where an HTTP/1.1 answer ends, found at a few microseconds' cost (RFC 9112, section 6)."""

from dataclasses import dataclass

HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


class NotHttp(Exception):
    """This is no answer that we can read."""


@dataclass(slots=True)
class Answer:
    """A whole one: its status, and whether the connection may be used again."""

    status: int
    keeps: bool


def read(data: bytes, *, is_all: bool = False) -> Answer | None:
    """None while it is not whole. `is_all`: the server has closed, and nothing follows. Raises NotHttp."""
    head_end = data.find(HEAD_END)
    if head_end < 0:
        if data and not b"HTTP/1.".startswith(data[:7]) and not data.startswith(b"HTTP/1."):
            raise NotHttp
        return None
    try:
        status = int(data[9:12])
    except ValueError as error:
        raise NotHttp from error
    head = data[:head_end].lower() + b"\r\n"
    keeps = b"\r\nconnection: close" not in head and not is_all
    if _is_whole(data, head, head_end + len(HEAD_END), status, is_all=is_all):
        return Answer(status, keeps)
    return None


def _is_whole(data: bytes, head: bytes, body_at: int, status: int, *, is_all: bool) -> bool:
    if status in {204, 304}:
        return True
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        return len(data) - body_at >= int(head[at + 17 : head.find(b"\r\n", at + 17)])
    if b"\r\ntransfer-encoding: chunked" in head:
        return _chunks_end(data, body_at)
    return is_all


def _chunks_end(data: bytes, at: int) -> bool:
    """Is the last chunk here? Trailers are not expected."""
    while (line_end := data.find(b"\r\n", at)) >= 0:
        size = int(data[at:line_end].partition(b";")[0], 16)
        at = line_end + 2 + size + 2
        if size == 0:
            return len(data) >= at
    return False
