"""Whom PostgreSQL runs as: it refuses to be root, so root hands it to an ordinary user."""

import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.runtime.console import Failure, note


@dataclass(frozen=True)
class Account:
    """A user of this machine that a child process becomes."""

    uid: int
    gid: int
    name: str

    def own(self, folder: Path) -> None:
        """Make the folder this user's alone."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        os.chown(folder, self.uid, self.gid)

    def closed_door(self, path: Path) -> Path | None:
        """The first folder on the way to `path` that this user may not pass, if there is one."""
        for folder in reversed([path, *path.parents]):
            if folder.exists() and not self._may_pass(folder.stat()):
                return folder
        return None

    def _may_pass(self, found: os.stat_result) -> bool:
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def ordinary_account(data: Path) -> Account | None:
    """None if this process is an ordinary user's already. For root: the owner of the data folder, or `nobody`.

    Raises Failure if that user cannot reach the folder. Nobody's home is opened for it.
    """
    if os.geteuid() != 0:
        return None
    owner = data.stat().st_uid
    try:
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError as error:
        raise Failure(
            f"PostgreSQL does not run as root, and this machine has no user for it (no 'nobody', no user {owner}). "
            "Start as an ordinary user, or set DATABASE_URL."
        ) from error
    account = Account(entry.pw_uid, entry.pw_gid, entry.pw_name)
    if door := account.closed_door(data):
        raise Failure(
            f"PostgreSQL does not run as root, and the user '{account.name}' that it would run as cannot pass {door}, "
            f"which is closed to others. Keep the data elsewhere: bin/up --data /var/lib/socialapp "
            "(and SOCIALAPP_DATA=/var/lib/socialapp for manage.py), or start as an ordinary user, or set DATABASE_URL."
        )
    return account


def settle(data: Path) -> None:
    """Root's own first start in a closed home: the default data folder becomes a link to one under /var/lib.

    Else PostgreSQL, which runs as `nobody`, could not reach it, and opening a home is not ours to do.
    """
    if os.geteuid() != 0 or data.exists():
        return
    entry = pwd.getpwnam("nobody")
    if Account(entry.pw_uid, entry.pw_gid, entry.pw_name).closed_door(data):
        place = Path(tempfile.mkdtemp(prefix="socialapp-", dir="/var/lib"))
        place.chmod(0o711)
        data.symlink_to(place)
        note(f"{data} would be in a home that is closed to PostgreSQL's user, so it is a link to {place}.")


def reachable(site: Path, parts: Sequence[str], account: Account | None, copies: Path) -> Path:
    """The folder that holds these parts of `site`: itself, or copies of them if the account cannot come to it.

    Side by side as they were, because programs find their libraries from where they lie.
    """
    if account is None or account.closed_door(site / parts[0]) is None:
        return site
    place, draft = copies / "binaries", copies / "binaries.new"
    if not place.exists():
        shutil.rmtree(draft, ignore_errors=True)
        for part in parts:
            shutil.copytree(site / part, draft / part, symlinks=True, ignore=shutil.ignore_patterns("include"))
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                own = path.stat().st_mode & 0o500
                path.chmod(path.stat().st_mode | own >> 3 | own >> 6)
        draft.rename(place)
    return place
