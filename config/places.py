"""Where pictures and backups are kept: in a folder, or on S3. Made of it are Django's storages."""

from pathlib import Path
from typing import Any

from django.core.files.storage.handler import StorageHandler

from config.env import S3

Entry = dict[str, Any]


def of_pictures(place: Path | S3) -> dict[str, Entry]:
    """Return the entries of STORAGES for pictures: `default` for public ones, `uploads` for those that are not."""
    public = {"public_url": place.public_url} if isinstance(place, S3) else {"private": False, "base_url": "/media/"}
    return {"default": private(place, "public", **public), "uploads": private(place, "uploads")}


def private(place: Path | S3, folder: str = "", **options: Any) -> Entry:
    """Return an entry of STORAGES for a folder that only we can read, unless `options` say otherwise."""
    if isinstance(place, S3):
        backend = "socialapp.media.s3.S3Storage"
        where = {"bucket": place.bucket, "endpoint": place.endpoint, "region": place.region}
        return {"BACKEND": backend, "OPTIONS": {**where, "prefix": f"{place.prefix}{folder}".strip("/"), **options}}
    backend = "socialapp.media.files.AtomicFileSystemStorage"
    return {
        "BACKEND": backend,
        "OPTIONS": {"location": place / folder, "base_url": None, "private": True, **options},
    }


def storage(entry: Entry) -> Any:
    """Make the storage of an entry."""
    return StorageHandler({"it": entry})["it"]  # type: ignore[dict-item]


def overlap(one: Path | S3, other: Path | S3) -> bool:
    """Say whether one of two places is the other or lies in it."""
    if isinstance(one, S3) and isinstance(other, S3):
        is_one_server = (one.endpoint, one.bucket) == (other.endpoint, other.bucket)
        return is_one_server and (one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix))
    if isinstance(one, Path) and isinstance(other, Path):
        one, other = one.resolve(), other.resolve()
        return one.is_relative_to(other) or other.is_relative_to(one)
    return False
