"""Where pictures are stored: under names that cannot be guessed, in files that are complete or not there.

Public files are in STORAGES["default"]. Uploads and withheld pictures are in STORAGES["uploads"], which is not served.
Both are folders, or both are on S3 (socialapp.media.s3). A file that is written again is overwritten.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urljoin
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, default_storage, storages
from django.utils.deconstruct import deconstructible

NAME = r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}-[0-9]{2,4}\.webp"
CONTENT_TYPE = "image/webp"
DRAFTS = "drafts"
SCRATCH = "unfinished-"
DRAFT_LIFETIME = timedelta(hours=1)


def name_of(token: str, size: int) -> str:
    """The name of a picture's file of this size, in two levels of folders, so that none grows long."""
    return f"{token[:2]}/{token[2:4]}/{token}-{size}.webp"


def url_of(token: str, size: int) -> str:
    """The path or URL at which a browser finds it."""
    return default_storage.url(name_of(token, size))


def absolute(url: str) -> str:
    """The absolute URL, for programs."""
    return urljoin(f"{settings.PUBLIC_URL}/", url)


def uploads() -> Storage:
    """The storage of uploads and of withheld pictures. It is not served."""
    return storages["uploads"]


def move(name: str, source: Storage, target: Storage) -> None:
    """Move a file from one storage to the other, if it is there. May be repeated; it is never in neither."""
    try:
        with source.open(name) as file:
            target.save(name, ContentFile(file.read()))
    except FileNotFoundError:
        return
    source.delete(name)


@deconstructible(path="socialapp.media.files.AtomicFileSystemStorage")
class AtomicFileSystemStorage(FileSystemStorage):
    """A folder in which a file is complete or not there: written elsewhere, synced to disk, then renamed.

    With `private`, no other user of the machine can list or read it.
    """

    def __init__(self, location: Any = None, base_url: Any = None, *, private: bool = False) -> None:
        super().__init__(location, base_url, 0o600 if private else None, allow_overwrite=True)
        self.private = private

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        if self.private:
            self._shut()
        draft = Path(self.path(super()._save(f"{DRAFTS}/{uuid4().hex}", content)))  # type: ignore[misc]
        self._put(draft, name)
        return name

    def _put(self, draft: Path, name: str) -> None:
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        path = Path(self.path(name))
        self._make_folders(path.parent)
        draft.replace(path)

    def _make_folders(self, folder: Path) -> None:
        """Make public folders readable by a proxy that runs as another user, whatever the umask."""
        if folder.exists():
            return
        if folder != Path(self.location):
            self._make_folders(folder.parent)
        folder.mkdir(parents=True, exist_ok=True)
        if not self.private:
            folder.chmod(0o755)

    def _shut(self) -> None:
        """Close the folder to other users, also when it exists already."""
        folder = Path(self.location)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)

    def files(self) -> Iterator[tuple[str, int]]:
        """List the name and size of each file."""
        for path in Path(self.location).rglob("*"):
            name = path.relative_to(self.location).as_posix()
            if path.is_file() and not name.startswith((f"{DRAFTS}/", SCRATCH)):
                yield name, path.stat().st_size

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a folder of this machine for what is being made, for as long as the block runs: one at a time."""
        if self.private:
            self._shut()
        for left_behind in Path(self.location).glob(f"{SCRATCH}*"):
            shutil.rmtree(left_behind, ignore_errors=True)
        with TemporaryDirectory(dir=self.location, prefix=SCRATCH) as folder:
            yield Path(folder)

    def take(self, path: Path, name: str) -> None:
        """Store a file that was made in the scratch folder."""
        path.chmod(0o600 if self.private else 0o644)
        self._put(path, name)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """Give a file of this machine with that content, for as long as the block runs."""
        yield Path(self.path(name))

    def remove_drafts(self) -> None:
        """Remove half-written files that killed processes left behind."""
        for draft in Path(self.path(DRAFTS)).glob("*"):
            if draft.stat().st_mtime < time.time() - DRAFT_LIFETIME.total_seconds():
                draft.unlink(missing_ok=True)
