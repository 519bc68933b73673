"""What a backup consists of. Its manifest is written last: without one, it was cut off and is none."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from bin.runtime.console import Failure

FORMAT = 1
DATABASE, KEYS, PICTURES, MANIFEST = "database.dump", "keys.json", "pictures.txt", "manifest.json"
# In this folder lie the pictures of all backups: the contents of a name never change.
SHARED = "pictures"
NAME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z")
CHUNK = 2**20


@dataclass(frozen=True)
class Seal:
    """What a file must be."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Picture:
    """A file of a picture. `aside`: it is among uploads, not public."""

    name: str
    aside: bool
    seal: Seal


@dataclass(frozen=True)
class Manifest:
    """What was saved: when, by which version, in which era; the rows of each table; each file but the pictures."""

    created_at: str
    version: str
    era: str
    postgres: int
    pg_dump: int
    rows: dict[str, int]
    files: dict[str, Seal]
    pictures: int
    missing: list[str]
    format: int = FORMAT

    def write(self, storage: Storage, name: str) -> None:
        content = json.dumps(asdict(self), indent=1)
        storage.save(f"{name}/{MANIFEST}", ContentFile(content.encode()))

    @staticmethod
    def read(storage: Storage, name: str) -> "Manifest":
        """Raises Failure when there is none that this version can read."""
        try:
            with storage.open(f"{name}/{MANIFEST}") as file:
                values: dict[str, Any] = json.loads(file.read())
            if values["format"] != FORMAT:
                raise Failure(f"The backup {name} was made by version {values['version']}: restore it with that one.")
            files = {file: Seal(**seal) for file, seal in values.pop("files").items()}
            return Manifest(**values, files=files)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Failure(f"The manifest of the backup {name} cannot be read: {error}") from error


def backups(storage: Storage) -> list[str]:
    """The names of all that are complete, the oldest first."""
    return [name for name in begun(storage) if storage.exists(f"{name}/{MANIFEST}")]


def begun(storage: Storage) -> list[str]:
    """The names of all, also of those that were cut off."""
    try:
        folders, _ = storage.listdir("")
    except FileNotFoundError:
        return []
    return sorted(name for name in folders if NAME.fullmatch(name))


def sealed(path: Path) -> Seal:
    """Read a file to its end."""
    with path.open("rb") as file:
        return Seal(hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)


def seal_of(content: bytes) -> Seal:
    """As `sealed`, of what is in memory."""
    return Seal(hashlib.sha256(content).hexdigest(), len(content))


def written(pictures: Iterable[Picture]) -> bytes:
    """A line for each: its digest, size, place and name."""
    lines = (
        f"{each.seal.sha256} {each.seal.size} {'uploads' if each.aside else 'public'} {each.name}\n"
        for each in pictures
    )
    return "".join(lines).encode()


def pictures_of(storage: Storage, backup: str) -> list[Picture]:
    """The pictures of a backup, as `written` has them. Raises Failure when the list is damaged."""
    found = []
    with storage.open(f"{backup}/{PICTURES}") as file:
        lines = file.read()
    try:
        for line in lines.decode().splitlines():
            digest, size, place, name = line.split(" ")
            found.append(Picture(name, place == "uploads", Seal(digest, int(size))))
    except ValueError as error:
        raise Failure(f"The list of pictures of the backup {backup} is damaged. Remove this backup.") from error
    return found
