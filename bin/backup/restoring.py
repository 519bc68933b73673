"""Restore a site from a backup, after everything in it was checked."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.core.management import call_command
from django.db import connection
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
    backups,
    pictures_of,
    seal_of,
    sealed,
)  # fmt: skip
from bin.backup.saving import AT_ONCE
from bin.runtime.console import Failure, step
from config import places
from config.env import S3, env
from socialapp import broker, database
from socialapp.media.files import uploads

STEPS = 6
SHOWN = 5

Each = TypeVar("Each")


def restore(place: Path | S3, *, over: bool, say: Callable[[str], object]) -> None:
    """Put the newest backup of a place, or the one that it names, into the place of this site.

    Raises Failure before anything has changed: when the backup is not whole; when there are people in this database,
    or others are connected to it, unless `over` is true.
    """
    database.go_direct()
    if database.is_pooled():
        raise Failure(database.POOLED)
    place, name = _chosen(place)
    storage = places.storage(places.private(place))
    if not name:
        complete = backups(storage)
        if not complete:
            raise Failure(f"There is no complete backup in {place}.")
        name = complete[-1]
    manifest = Manifest.read(storage, name)
    tools = _fitting(manifest, over=over)
    with step(1, STEPS, f"Checking {name}: {manifest.pictures:,} pictures"):
        _check(storage, name, manifest)
        pictures = pictures_of(storage, name)
        _check_pictures(storage, pictures)
    with step(2, STEPS, "Database"), storage.local(f"{name}/{DATABASE}") as dump:
        postgres.load(tools, dump)
        connection.close()
        if postgres.rows() != manifest.rows:
            raise Failure("The database was restored, but not all rows of the backup are there. Restore it again.")
    with step(3, STEPS, "Pictures"):
        _restore_pictures(storage, pictures)
    with step(4, STEPS, "Keys"):
        with storage.open(f"{name}/{KEYS}") as file:
            key = json.loads(file.read())["SOCIALAPP_SECRET_KEY"]
        advice = _restore_key(key)
    with step(5, STEPS, "Tables of this version"):
        call_command("prepare")
    with step(6, STEPS, "Broker"):
        advice += _empty_broker()
    for sentence in advice:
        say(sentence)
    call_command("audit")


def _chosen(place: Path | S3) -> tuple[Path | S3, str | None]:
    """A place may end in the name of one of its backups."""
    if isinstance(place, Path):
        return (place.parent, place.name) if NAME.fullmatch(place.name) else (place, None)
    before, _, last = place.prefix.rstrip("/").rpartition("/")
    if not NAME.fullmatch(last):
        return place, None
    return S3(place.bucket, f"{before}/" if before else "", place.endpoint, place.region), last


def _fitting(manifest: Manifest, *, over: bool) -> postgres.Tools:
    """Refuse a database that must not or cannot take this backup. Returns the tools that can."""
    if fault := database.fault_of(connection):
        raise Failure(fault)
    if _number(manifest.version) > _number(socialapp.__version__):
        raise Failure(
            f"The backup is of version {manifest.version}, and this is {socialapp.__version__}: upgrade first."
        )
    if not over and not postgres.is_empty():
        raise Failure("There are people in this database. With --yes, all that is in it is replaced by the backup.")
    if not over and (count := postgres.others()):
        raise Failure(
            f"Others use this database ({count} sessions). Stop web, live, workers and beat, or whatever they are of. "
            "With --yes, they are not waited for."
        )
    return postgres.tools(at_least=manifest.pg_dump)


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdecimal()]


def _check(storage: Any, name: str, manifest: Manifest) -> None:
    wrong = []
    for file, seal in manifest.files.items():
        try:
            with storage.local(f"{name}/{file}") as path:
                if sealed(path) != seal:
                    wrong.append(f"{name}/{file}")
        except OSError:
            wrong.append(f"{name}/{file}")
    if wrong or set(manifest.files) != {DATABASE, KEYS, PICTURES}:
        raise Failure(f"The backup is not what was saved: {', '.join(wrong) or 'files are missing'}. Take another one.")


def _check_pictures(storage: Storage, pictures: list[Picture]) -> None:
    def fault(picture: Picture) -> str | None:
        try:
            return None if seal_of(_read(storage, f"{SHARED}/{picture.name}")) == picture.seal else picture.name
        except OSError:
            return picture.name

    if wrong := [name for name in _each(fault, pictures, "Checking") if name]:
        names = ", ".join(wrong[:SHOWN]) + (" …" if len(wrong) > SHOWN else "")
        raise Failure(f"{len(wrong)} pictures of the backup are not what was saved: {names}. Take another one.")


def _restore_pictures(storage: Storage, pictures: list[Picture]) -> None:
    """Put each where its row says, and nowhere else: what is hidden must not stay in public."""
    public: Any = default_storage
    private: Any = uploads()
    sizes = {False: dict(public.files()), True: dict(private.files())}

    def put(picture: Picture) -> None:
        here, there = (private, public) if picture.aside else (public, private)
        if sizes[picture.aside].get(picture.name) != picture.seal.size:
            here.save(picture.name, ContentFile(_read(storage, f"{SHARED}/{picture.name}")))
        if picture.name in sizes[not picture.aside]:
            there.delete(picture.name)

    _each(put, pictures, "Pictures")


def _each(do: Callable[[Picture], Each], pictures: Iterable[Picture], what: str) -> list[Each]:
    pictures = list(pictures)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(tqdm(pool.map(do, pictures), total=len(pictures), desc=what, unit="file", disable=None))


def _read(storage: Storage, name: str) -> bytes:
    with storage.open(name) as file:
        content: bytes = file.read()
    return content


def _restore_key(key: str) -> list[str]:
    """Keep the key where this site has its own in the data folder. Returns what is left to do."""
    if key == settings.SECRET_KEY or key in settings.SECRET_KEY_FALLBACKS:
        return []
    if env.named("SOCIALAPP_SECRET_KEY"):
        advice = (
            "is not this site's: log-ins and links of mails are not valid. Add it to SOCIALAPP_SECRET_KEY_FALLBACKS."
        )
        return [f"The key of the backup (in its {KEYS}) {advice}"]
    env.keep_secret_key(key)
    return []


def _empty_broker() -> list[str]:
    """What waits in it is of another time. All of it is a wake-up: the sweep finds the work again."""
    try:
        with broker.client(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5) as client:
            client.flushdb()
    except broker.ERRORS as error:
        return [f"Redis could not be emptied ({error}): do it before anything starts (FLUSHDB)."]
    return []
