"""Checks of this machine, of where pictures are, and of who works: broker, workers, beat."""

import os
import secrets
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages

from bin.doctor.findings import Doubtful, Wrong
from config.env import S3
from socialapp import broker as brokers
from socialapp.media.files import uploads
from socialapp.messaging import dispatch
from socialapp.web import health

OLDEST_REDIS, OLDEST_VALKEY = (6, 2), (7, 2)
ROOM = 0.1
PATIENCE_S = 10
TIMEOUT_S = 5
# Beat has tasks of this queue every second; no other process has.
OF_BEAT = "housekeeping"


def broker() -> str:
    """It answers, is new enough, and drops nothing."""
    for url in {settings.BROKER_URL, settings.REDIS_URL}:
        brokers.ping(url, TIMEOUT_S)
    with brokers.client(settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S) as client:
        about: dict[str, Any] = client.info()
    name, oldest = ("Valkey", OLDEST_VALKEY) if "valkey_version" in about else ("Redis", OLDEST_REDIS)
    version = str(about.get("valkey_version") or about.get("redis_version"))
    if tuple(int(part) for part in version.split(".")[:2]) < oldest:
        raise Wrong(f"{name} {version} is too old: {'.'.join(map(str, oldest))} or later is needed.")
    policy = about.get("maxmemory_policy")
    if policy != "noeviction":
        raise Wrong(f"maxmemory-policy is {policy}: it drops work when memory is short. Set it to noeviction.")
    return f"{name} {version} answers, and evicts nothing"


def workers() -> str:
    """Wake each queue, and see whether somebody takes it."""
    began = time.time()
    for queue in settings.QUEUE_TASKS:
        dispatch.wake_workers_now(queue)
    silent = set(settings.QUEUE_TASKS)
    while silent and time.time() - began < PATIENCE_S:
        time.sleep(0.1)
        silent = {queue for queue, (_, seen_at) in dispatch.queue_statuses(silent).items() if seen_at < began}
    if silent:
        raise Wrong(f"no worker took {', '.join(sorted(silent))} within {PATIENCE_S} s: start one, or look at its log.")
    return f"each of {len(settings.QUEUE_TASKS)} queues has one"


def beat() -> str:
    """Whether sweeps came lately."""
    _, seen_at = dispatch.queue_statuses([OF_BEAT])[OF_BEAT]
    silent_s = time.time() - seen_at
    if silent_s > dispatch.SILENCE_S:
        since = f"for {silent_s / 60:.0f} minutes" if seen_at else "yet"
        raise Wrong(
            f"nothing was swept {since}: start beat, and a worker of {OF_BEAT}. What gets lost is not made good."
        )
    return "sweeps come"


def room() -> str:
    """Of the disks that data and pictures are on."""
    health.CHECKS["disk"]()
    short = []
    for folder in {settings.DATA, Path(settings.MEDIA_ROOT)}:
        if not folder.exists():
            continue
        about = os.statvfs(folder)
        if about.f_bavail < about.f_blocks * ROOM:
            short.append(f"{folder} has {about.f_bavail * about.f_frsize // 2**20:,} MB free")
        if about.f_files and about.f_favail < about.f_files * ROOM:
            short.append(f"{folder} has {about.f_favail:,} inodes free")
    if short:
        raise Doubtful(f"{'; '.join(sorted(short))}, which is less than a tenth: make room.")
    return "more than a tenth of bytes and inodes is free"


def permissions() -> str:
    """What others on this machine could read."""
    data: Path = settings.DATA
    open_ = [
        path
        for path, others in (
            (data, 0o066),
            *((data / name, 0o077) for name in ("secret_key", "embedded.json", "log", "mail", "valkey")),
            *((folder, 0o077) for folder in _private_folders()),
        )
        if path.exists() and path.stat().st_mode & others
    ]
    if open_:
        raise Wrong(f"other users can read {', '.join(map(str, open_))}: chmod go-rwx.")
    if not os.access(data, os.W_OK | os.X_OK):
        raise Doubtful(f"this user may not write to {data}, where bin/up keeps logs and keys.")
    return "no other user can read data and keys"


def _private_folders() -> list[Path]:
    """The folders beside the public pictures that no proxy serves."""
    media = settings.MEDIA
    return [] if isinstance(media, S3) else [media / "uploads", media / "exports"]


def storage() -> str:
    """Store a file, read and delete it; on S3, as a stranger too."""
    for folder, place in (("public", default_storage), ("uploads", uploads()), ("exports", storages["exports"])):
        name = f"doctor/{secrets.token_hex(8)}"
        place.save(name, ContentFile(b"doctor"))
        try:
            with place.open(name) as file:
                if file.read() != b"doctor":
                    raise Wrong("what was stored is not what is read.")
            if isinstance(settings.MEDIA, S3):
                _ask_as_a_stranger(name, folder)
        finally:
            place.delete(name)
    return "pictures can be stored, read and deleted"


def _ask_as_a_stranger(name: str, folder: str) -> None:
    media: Any = settings.MEDIA
    is_public = folder == "public"
    url = f"{media.public_url}{name}" if is_public else f"{media.own_url}{folder}/{name}"
    try:
        with urlopen(url, timeout=10) as answer:
            can_read = answer.read() == b"doctor"
    except HTTPError:
        can_read = False
    if is_public and not can_read:
        raise Wrong(
            f"browsers cannot read {media.public_url}…: let the bucket's policy allow everybody to get public/*."
        )
    if can_read and not is_public:
        raise Wrong(
            f"everybody can read {folder}/, where hidden pictures or exports are: let the bucket's policy allow "
            "public/* alone."
        )


CHECKS = {
    "broker": broker,
    "workers": workers,
    "beat": beat,
    "disk": room,
    "files": permissions,
    "storage": storage,
}
