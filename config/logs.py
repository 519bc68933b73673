"""What is logged: each fault, but not each of a thousand that are one."""

import json
import logging
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from socialapp.web.access_log import without_secrets
from socialapp.web.request_ids import current

BURST = 5
MINUTE_S = 60.0
MOST_KINDS = 1_000

Kind = tuple[object, ...]


@dataclass
class _Seen:
    since: float
    count: int = 0


class Bounded(logging.Filter):
    """Passes BURST warnings and errors of one kind a minute; the next one in a later minute says how many were dropped.

    Records are of one kind if one line of code logs them for one kind of exception, raised at one place, or one status.
    """

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self._lock = Lock()
        self._seen: dict[Kind, _Seen] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        record.more = ""
        if record.levelno < logging.WARNING:
            return True
        with self._lock:
            return self._has_room(_kind(record), record)

    def _has_room(self, kind: Kind, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if len(self._seen) > MOST_KINDS:
            self._seen.clear()
        seen = self._seen.setdefault(kind, _Seen(now))
        if now - seen.since > MINUTE_S:
            if (missed := seen.count - BURST) > 0:
                record.more = f" ({missed} more like it since {int(now - seen.since)} s)"
            seen.since, seen.count = now, 0
        seen.count += 1
        return seen.count <= BURST


class OneLine(logging.Filter):
    """A request that was refused is one line: any stranger can have it logged, and the traceback says nothing more."""

    def filter(self, record: logging.LogRecord) -> bool:
        is_refusal = record.name == "django.request" and record.levelno < logging.ERROR
        if is_refusal or record.name.startswith("django.security"):
            record.exc_info = record.exc_text = None
        return True


class TextLine(logging.Formatter):
    """A line for people: time, id of the request, level, logger, message; the traceback follows. No credentials."""

    def format(self, record: logging.LogRecord) -> str:
        request_id = current.get()
        record.request_id = f"{request_id} " if request_id else ""
        return without_secrets(super().format(record))


class JsonLine(logging.Formatter):
    """A line for programs: one JSON object, with the traceback in it. No credentials."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(f"{record.getMessage()}{getattr(record, 'more', '')}"),
            "process": record.process,
            "thread": record.threadName,
        }
        if request_id := current.get():
            line["request_id"] = request_id
        if record.exc_info:
            line["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _kind(record: logging.LogRecord) -> Kind:
    place: tuple[object, ...] = (record.name, record.levelno, record.pathname, record.lineno)
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        place += (type(error), *((frames[-1].filename, frames[-1].lineno) if frames else ()))
    return (*place, getattr(record, "status_code", None))
