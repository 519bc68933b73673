"""Makes exports: a part is made, stored and committed with its place, and then the next one.

A worker that dies leaves a lease that ends; the next worker goes on behind the last part that was stored. Two that hold
the same export, because one of them hung, do not disturb each other: only the last claim stores.
"""

import logging
import time
from dataclasses import asdict, astuple, dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from socialapp.messaging.tasks import DATABASE_AWAY
from socialapp.takeout.archive import Entry, Part, directory
from socialapp.takeout.files import exports
from socialapp.takeout.models import Export, ExportPart
from socialapp.takeout.sections import Form, Section, all_sections
from socialapp.users.mails import notify

logger = logging.getLogger(__name__)

# Longer than it takes to make and store a part.
LEASE = timedelta(minutes=2)
# A part ends when it has so many bytes or rows, or took so long: a worker has one in memory, and progress is seen.
PART_BYTES, PART_ROWS, PART_S = 8 * 2**20, 5_000, 5.0
# An export that took so many workers down at the same part is given up.
MOST_ATTEMPTS = 3
# When the storage is away, it is tried again after a tenth of the export's age, for up to a day.
HORIZON = timedelta(days=1)
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)

State = Export.State


class LeaseLost(Exception):
    """Another worker claimed the export meanwhile, or its person removed it."""


@dataclass(frozen=True)
class Place:
    """How far an archive is: the section under way ("": at the end), its last key, and the file that goes on."""

    section: str
    after: Any = None
    number: int = 0
    under_way: Entry | None = None

    @classmethod
    def of(cls, export: Export) -> "Place":
        """Return the place that was stored; for a new export, the beginning."""
        stored = dict(export.place) or {"section": next(iter(all_sections()))}
        entry = stored.pop("under_way", None)
        return cls(**stored, under_way=Entry(**entry) if entry else None)


def work(until: float) -> bool:
    """Make parts until none is due or the clock (`time.monotonic`) is past `until`. True while there may be more."""
    while export := claim():
        if not make(export, until):
            return True
    return False


def is_due() -> bool:
    """Whether a worker should make parts now."""
    return Export.objects.filter(state=State.RUNNING, due_at__lte=Now()).exists()


@transaction.atomic
def claim() -> Export | None:
    """Lease the export that waits longest to this worker."""
    due = Export.objects.filter(state=State.RUNNING, due_at__lte=Now()).order_by("due_at")
    export = due.select_for_update(skip_locked=True).select_related("person").first()
    if export is not None:
        export.claim, export.attempts = export.claim + 1, export.attempts + 1
        claimed = {"claim": export.claim, "attempts": export.attempts}
        Export.objects.filter(pk=export.pk).update(due_at=Now() + LEASE, **claimed)
    return export


def make(export: Export, until: float) -> bool:
    """Make parts of a claimed export until it is ready or `until`; then others may go on. Returns whether it ended."""
    if export.attempts > MOST_ATTEMPTS:
        logger.error("Export %d could not go on %d times and is given up.", export.pk, MOST_ATTEMPTS)
        _held(export).update(state=State.FAILED, finished_at=Now(), due_at=None)
        return True
    try:
        while Place.of(export).section:
            next_part(export)
            if time.monotonic() > until:
                _held(export).update(due_at=Now(), attempts=0)
                return False
        _finish(export)
    except LeaseLost:
        logger.info("Export %d is another worker's, or its person removed it.", export.pk)
    except DATABASE_AWAY:
        raise
    except OSError as error:
        logger.warning("Export %d could not go on now: %s", export.pk, error)
        _put_off(export)
    except Exception:
        logger.exception("A part of export %d could not be made.", export.pk)
        _held(export).update(due_at=Now() + SHORTEST_PAUSE)
    return True


def next_part(export: Export) -> None:
    """Make and store the next part. Raises LeaseLost; OSError when the storage is away."""
    filling = _Filling(export)
    filling.run()
    place = asdict(replace(filling.place, under_way=filling.part.under_way))
    _store(export, filling.part.content(), filling.part.entries, place=place, done=export.done + filling.rows)


class _Filling:
    """Writes rows of an export to its next part, until that is full or all are written."""

    def __init__(self, export: Export) -> None:
        self.person, self.place = export.person, Place.of(export)
        self.part = Part(export.size, export.created_at, self.place.under_way)
        self.sections = all_sections()
        self.rows, self.full_at = 0, time.monotonic() + PART_S

    @property
    def is_full(self) -> bool:
        return self.part.size >= PART_BYTES or self.rows >= PART_ROWS or time.monotonic() > self.full_at

    def run(self) -> None:
        while self.place.section and not self.is_full:
            self._batch(self.sections[self.place.section])
        self.part.close()

    def _batch(self, section: Section) -> None:
        """Write a batch of rows; after the last one, go on to the next section."""
        if section.form != Form.FILES and self.part.under_way is None:
            self.part.begin(section.name)
            self.part.write(section.beginning())
        before = self.rows
        for key, row in section.rows(self.person, self.place.after):
            self._write(section, row)
            self.place = replace(self.place, after=key, number=self.place.number + 1)
            self.rows += 1
            if self.is_full:
                return
        if self.rows == before:
            self._go_on(section)

    def _write(self, section: Section, row: Any) -> None:
        if section.form == Form.FILES:
            self.part.add(*row)
        else:
            self.part.write(section.line(row, self.place.number))

    def _go_on(self, section: Section) -> None:
        """Turn to the next section, which may go on with the same file."""
        paths = list(self.sections)
        following = paths[paths.index(self.place.section) + 1 :][:1]
        is_same_file = bool(following) and self.sections[following[0]].name == section.name
        if self.part.under_way and not is_same_file:
            self.part.write(section.ending(self.place.number))
            self.part.end()
        self.place = Place(next(iter(following), ""), number=self.place.number if is_same_file else 0)


def _finish(export: Export) -> None:
    """Store the directory of the archive, with which it is ready."""
    parts = export.parts.filter(number__isnull=False).order_by("number").values_list("entries", flat=True)
    entries = [Entry(*each) for part in parts.iterator() for each in part]
    content = directory(entries, export.size, export.created_at)
    until = {"finished_at": Now(), "expires_at": Now() + settings.KEEP_EXPORTS, "due_at": None}
    _store(export, content, [], state=State.READY, **until)
    announce(export)


def announce(export: Export) -> None:
    """Mail its person that an export is ready. At least once: who dies in between sends it again."""
    notify(export.person, "export_ready", days=settings.KEEP_EXPORTS.days)
    Export.objects.filter(pk=export.pk).update(is_announced=True)


def announce_late() -> None:
    """Announce those that are ready and whose worker died before it could."""
    ready = Export.objects.filter(state=State.READY, is_announced=False, finished_at__lt=Now() - LEASE)
    for export in ready.select_related("person"):
        announce(export)


def _store(export: Export, content: bytes, entries: list[Entry], **changes: Any) -> None:
    """Store a part as a file, and then that it is there. Raises LeaseLost, OSError."""
    part = ExportPart.objects.create(export=export, file=uuid4().hex)
    exports().save(part.file, ContentFile(content))
    with transaction.atomic():
        changes = {"due_at": Now() + LEASE, "attempts": 0, "size": export.size + len(content), **changes}
        if not _held(export).update(**changes):
            raise LeaseLost
        number = export.parts.filter(number__isnull=False).count()
        rows = [astuple(entry) for entry in entries]
        ExportPart.objects.filter(pk=part.pk).update(number=number, size=len(content), entries=rows)
    for name, value in changes.items():
        setattr(export, name, value)


def _held(export: Export) -> QuerySet[Export]:
    """The export, as long as this claim of it stands."""
    return Export.objects.filter(pk=export.pk, claim=export.claim, state=State.RUNNING)


def _put_off(export: Export) -> None:
    """Try again later, as the storage is away; after a day, give up."""
    age = timezone.now() - export.created_at
    if age > HORIZON:
        _held(export).update(state=State.FAILED, finished_at=Now(), due_at=None)
        return
    pause = min(max(age / 10, SHORTEST_PAUSE), LONGEST_PAUSE)
    _held(export).update(due_at=Now() + pause, attempts=0)
