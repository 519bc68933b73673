"""Save a site: its database, its pictures and its keys, while people go on."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db import OperationalError, connection
from psycopg2.errors import LockNotAvailable
from tqdm import tqdm

import socialapp
from bin.backup import postgres
from bin.backup.manifest import (
    DATABASE,
    KEYS,
    NAME,
    PICTURES,
    SHARED,
    Manifest,
    Picture,
    Seal,
    backups,
    begun,
    pictures_of,
    seal_of,
    sealed,
    written,
)  # fmt: skip
from bin.runtime.console import Failure, step
from config import places
from config.env import S3
from notifications.models import Era
from socialapp import database
from socialapp.media import models as media
from socialapp.media.files import NAME as PUBLIC_NAME
from socialapp.media.files import SCRATCH, name_of, uploads

STEPS = 4
# Each waits for a disk or a server most of the time.
AT_ONCE = 8
PUBLIC = re.compile(PUBLIC_NAME)


@dataclass(frozen=True)
class Saved:
    """What is in a backup: how many rows, how many files of pictures, and the names of those that were gone."""

    name: str
    rows: int
    pictures: int
    missing: list[str]


def save(place: Path | S3) -> Saved:
    """Save all to a place, beside earlier backups. Raises Failure; then there is no new backup."""
    _check(place)
    database.go_direct()
    if database.is_pooled():  # the lock below would stay with a session of the pooler
        raise Failure(database.POOLED)
    storage = places.storage(places.private(place))
    with _alone(), storage.scratch() as scratch:
        name = _new_name(storage)
        tools = postgres.tools()
        with step(1, STEPS, "Database"):
            dump = scratch / DATABASE
            with postgres.snapshot() as snapshot:
                wanted, rows, era = list(_wanted()), postgres.rows(), Era.objects.get().name
                postgres.dump(tools, snapshot, dump)
        with step(2, STEPS, "Reading it again"):
            postgres.check(tools, dump)
            files = {DATABASE: sealed(dump)}
        with step(3, STEPS, f"{len(wanted):,} files of pictures"):
            pictures, missing = _save_pictures(storage, wanted)
        with step(4, STEPS, "Keys and manifest"):
            storage.take(dump, f"{name}/{DATABASE}")
            for file, content in ((KEYS, _keys()), (PICTURES, written(pictures))):
                storage.save(f"{name}/{file}", ContentFile(content))
                files[file] = seal_of(content)
            Manifest(
                created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                version=socialapp.__version__,
                era=era,
                postgres=database.version(),
                pg_dump=tools.version,
                rows=rows,
                files=files,
                pictures=len(pictures),
                missing=missing,
            ).write(storage, name)
        _clear(storage)
    return Saved(name, sum(rows.values()), len(pictures), missing)


def _new_name(storage: Storage) -> str:
    """The time, to the second."""
    while (name := f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}") in begun(storage):
        time.sleep(0.1)
    return name


def _check(place: Path | S3) -> None:
    """Refuse what would save itself, or a folder that holds other things: it is closed to all other users."""
    for ours in (settings.DATA, settings.MEDIA):
        if places.overlap(place, ours):
            raise Failure(
                f"A backup must not lie in what it saves ({ours}), nor that in the backup: name another place."
            )
    if isinstance(place, Path) and place.exists():
        if not place.is_dir():
            raise Failure(f"{place} is a file: name a folder.")
        strange = [each.name for each in place.iterdir() if not _is_ours(each.name)]
        if strange:
            raise Failure(f"{place} holds other things ({min(strange)}): name a folder for backups alone.")


def _is_ours(name: str) -> bool:
    return name in {SHARED, "drafts"} or name.startswith(SCRATCH) or bool(NAME.fullmatch(name))


@contextmanager
def _alone() -> Iterator[None]:
    """One backup of a database at a time; while it runs, no upload is removed that its snapshot may name."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", [database.BACKUP_LOCK])
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):  # after lock_timeout
                raise
            raise Failure("Another backup of this database is under way.") from error
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [database.BACKUP_LOCK])


def _wanted() -> Iterator[tuple[str, bool]]:
    """Each file that a row names, and whether it is set aside."""
    pictures = media.Picture.objects.values_list("token", "kind", "state", "is_aside", "has_upload")
    for token, kind, state, is_aside, has_upload in pictures.order_by("pk"):
        if has_upload:
            yield token, True
        if state == media.State.READY:
            for size in media.SIZES[kind]:
                yield name_of(token, size), is_aside


def _save_pictures(storage: Any, wanted: list[tuple[str, bool]]) -> tuple[list[Picture], list[str]]:
    """Save those that are not there yet. Returns all, and the names of those that should be somewhere and are not."""
    earlier = backups(storage)[-1:]
    known = {each.name: each.seal for name in earlier for each in pictures_of(storage, name)}
    there = dict(storage.files())
    one = partial(_save_picture, storage, known, there)
    pictures, missing = [], []
    with (
        ThreadPoolExecutor(AT_ONCE) as pool,
        tqdm(total=len(wanted), desc="Pictures", unit="file", disable=None) as bar,
    ):
        for (name, aside), seal in zip(wanted, pool.map(one, wanted), strict=True):
            bar.update()
            if seal:
                pictures.append(Picture(name, aside, seal))
            elif PUBLIC.fullmatch(name):
                missing.append(name)
    return pictures, [name for name in missing if _is_still_wanted(name)]


def _save_picture(
    storage: Storage, known: dict[str, Seal], there: dict[str, int], wanted: tuple[str, bool]
) -> Seal | None:
    """A name never changes its contents, and what was stored is complete: of the right size, it is the right one."""
    name, aside = wanted
    target = f"{SHARED}/{name}"
    if name in known and there.get(target) == known[name].size:
        return known[name]
    content = _content(name, aside=aside)
    if content is None:
        return None
    if there.get(target) != len(content):
        storage.save(target, ContentFile(content))
    return seal_of(content)


def _content(name: str, *, aside: bool) -> bytes | None:
    """Of the file, wherever it is: its post may be hidden or shown just now."""
    here, there = (uploads(), default_storage) if aside else (default_storage, uploads())
    for storage in (here, there, here):
        with suppress(FileNotFoundError), storage.open(name) as file:
            content: bytes = file.read()
            return content
    return None


def _is_still_wanted(name: str) -> bool:
    token = name.rpartition("/")[2].partition("-")[0]
    return media.Picture.objects.filter(token=token, state=media.State.READY).exists()


def _keys() -> bytes:
    keys = {
        "SOCIALAPP_SECRET_KEY": settings.SECRET_KEY,
        "SOCIALAPP_SECRET_KEY_FALLBACKS": settings.SECRET_KEY_FALLBACKS,
    }
    return json.dumps(keys, indent=1).encode()


def _clear(storage: Any) -> None:
    """Remove what was cut off, and pictures of backups that are gone."""
    complete = set(backups(storage))
    kept = {f"{SHARED}/{each.name}" for name in complete for each in pictures_of(storage, name)}
    for name, _size in list(storage.files()):
        top = name.partition("/")[0]
        if (top == SHARED and name not in kept) or (NAME.fullmatch(top) and top not in complete):
            storage.delete(name)
    for name in set(begun(storage)) - complete:
        storage.delete(name)
