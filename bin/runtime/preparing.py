"""Tables, static files and demo people: one `manage.py prepare`. What was prepared before can start beside it."""

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bin.runtime.console import Failure
from bin.runtime.environment import VENV
from bin.runtime.processes import PREPARE
from bin.runtime.supervisor import Supervisor, last_line
from config.env import CHECKOUT

ROOMS = ("config", "notifications", "reactions", "socialapp")


class Preparation:
    """`manage.py prepare` under way. `is_expected_to_change` is whether others must wait for its end."""

    def __init__(self, process: subprocess.Popen[str], log: Path, data: Path) -> None:
        self._process, self._log, self._mark = process, log, data / "prepared"
        self._sources = _fingerprint()
        self.is_expected_to_change = (
            not self._mark.exists()
            or self._mark.read_text() != self._sources
            or not (data / "static" / ".made-from").exists()
        )

    def wait(self) -> str:
        """Until it has ended. Returns what it printed. Raises Failure with its last line."""
        printed, _ = self._process.communicate()
        if self._process.returncode:
            self._mark.unlink(missing_ok=True)
            raise Failure(f"manage.py prepare failed: {last_line(self._log)} (all of it: {self._log})")
        self._mark.write_text(self._sources)
        return printed


@contextmanager
def preparing(supervisor: Supervisor, data: Path, *, demo: bool) -> Iterator[Preparation]:
    """Started when the body begins; ended, if it has not, when that is left."""
    log = supervisor.logs / "prepare.log"
    command = [*PREPARE, *(["--demo"] if demo else [])]
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, env=supervisor.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            text=True,
        )  # fmt: skip
    try:
        yield Preparation(process, log, data)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _fingerprint() -> str:
    """Of all that tables and static files are made from."""
    known = hashlib.sha256((VENV / ".made").read_bytes())
    below = [path for room in ROOMS for path in (CHECKOUT / room).rglob("*")]
    for path in sorted(path for path in below if {"migrations", "static"} & set(path.parts) and path.is_file()):
        found = path.stat()
        known.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return known.hexdigest()
