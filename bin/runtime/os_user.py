"""The user that PostgreSQL runs as: it refuses to be root, so root runs it as an ordinary user."""

import grp
import os
import pwd
import secrets
import shutil
import stat
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bin.runtime.console import Failure, note

OWN_NAME = "socialapp"
# Where neither Debian nor systemd gives numbers away by themselves; and below 65,536, as containers have no more.
OWN_NUMBERS = range(50_000, 60_000)
NOBODY = 65_534


@dataclass(frozen=True)
class Account:
    """A user of this machine that a child process becomes."""

    uid: int
    gid: int
    name: str
    # Some programs need the name of their user, which a bare number lacks.
    is_listed: bool = True

    def take(self, folder: Path) -> None:
        """Make all that is in the folder this user's, whoever's it was."""
        self.own(folder)
        for _, folders, files, descriptor in os.fwalk(folder):
            for name in (*folders, *files):
                os.chown(name, self.uid, self.gid, dir_fd=descriptor, follow_symlinks=False)

    def own(self, folder: Path) -> None:
        """Make the folder this user's alone."""
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)

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


def ordinary_account(data: Path, user: str | None = None) -> Account | None:
    """None if this process is an ordinary user's already. For root: the one named, or who owns the data, or its own.

    Its own is the user `socialapp` where there is one, else a number that no user has, kept by owning the cluster.
    Never `nobody`: whatever else runs as that could read and change it. Raises Failure if the account cannot reach
    the folder. No home folder is opened for it.
    """
    if os.geteuid() != 0:
        return None
    account = _named(user) if user else _owner(data) or _owner(data / "postgres") or _own()
    if door := account.closed_door(data):
        raise Failure(
            f"PostgreSQL does not run as root, and the user '{account.name}' that it would run as cannot pass {door}, "
            f"which is closed to others. Keep the data elsewhere: bin/up --data /var/lib/socialapp "
            "(and SOCIALAPP_DATA=/var/lib/socialapp for manage.py), or start as an ordinary user, or set DATABASE_URL."
        )
    return account


def _named(user: str) -> Account:
    try:
        entry = pwd.getpwnam(user)
    except KeyError as error:
        raise Failure(f"--user {user}: this machine has no such user.") from error
    if entry.pw_uid in {0, *_nobody()}:
        raise Failure(f"--user {user}: PostgreSQL needs an ordinary user, not root or one that others run as.")
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _owner(folder: Path) -> Account | None:
    if not folder.exists() or (found := folder.stat()).st_uid in {0, *_nobody()}:
        return None
    try:
        entry = pwd.getpwuid(found.st_uid)
    except KeyError:
        return Account(found.st_uid, found.st_gid, str(found.st_uid), is_listed=False)
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _own() -> Account:
    with suppress(KeyError):
        entry = pwd.getpwnam(OWN_NAME)
        return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)
    taken = {entry.pw_uid for entry in pwd.getpwall()} | {entry.gr_gid for entry in grp.getgrall()}
    number = secrets.choice([number for number in OWN_NUMBERS if number not in taken])
    return Account(number, number, str(number), is_listed=False)


def _nobody() -> set[int]:
    """What services run as that have no user of their own."""
    with suppress(KeyError):
        return {NOBODY, pwd.getpwnam("nobody").pw_uid}
    return {NOBODY}


def lender() -> int:
    """The number of a user without rights that has a name. Raises Failure."""
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError as error:
        raise Failure(
            "PostgreSQL does not run as root, and this machine has no user for it. Name one with --user, "
            "or start as an ordinary user, or set DATABASE_URL."
        ) from error


def settle(data: Path, user: str | None = None) -> None:
    """Root's own first start in a closed home: the default data folder becomes a link to one under /var/lib.

    Else PostgreSQL, which runs as another user, could not reach it, and opening a home is not ours to do.
    """
    if os.geteuid() != 0 or data.exists():
        return
    if (_named(user) if user else _own()).closed_door(data):
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
