"""A whole product of one's own: `bin/up` on a throw-away folder and a free port, as users start it."""

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bin.runtime import embedded
from bin.runtime.supervisor import die_with_parent
from config.env import CHECKOUT

STOP_PATIENCE_S = 300


@dataclass(frozen=True)
class Product:
    """Where it is, its data folder, its environment for `manage.py`, its supervisor's process id, and its output."""

    url: str
    data: Path
    environment: dict[str, str]
    process_id: int
    printed: str = ""

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a `manage.py` command to its end."""
        return manage(self.environment, *command)

    @property
    def remembered(self) -> dict[str, str]:
        """What `bin/up` wrote down: DATABASE_URL, LIVE_PORT, FAKES_URL …"""
        known: dict[str, str] = json.loads((self.data / "embedded.json").read_text())
        return known

    @property
    def demo_password(self) -> str:
        """Of every demo person."""
        return str(json.loads((self.data / "demo.json").read_text())["password"])


@contextmanager
def running_product(*options: str, kept: Path | None = None, **variables: str) -> Iterator[Product]:
    """Healthy when the body begins, and gone after it; but for its data, if they are `kept` in a folder.

    Without `kept`, and unless a variable names a database, the folder begins as a copy of what a first start has left.
    Nothing is limited, unless a variable says so: few people do here what many do elsewhere.
    """
    data = kept or new_folder()
    try:
        if not kept and "DATABASE_URL" not in variables:
            before = _started_once("--no-demo" not in options)
            # shutil would not keep whose each file is.
            subprocess.run(["cp", "-a", f"{before}/.", str(data)], check=True)  # noqa: S607
        with _running(data, options, variables) as product:
            yield product
    finally:
        if not kept:
            shutil.rmtree(data, ignore_errors=True)


@cache
def _started_once(demo: bool) -> Path:
    """A data folder after a first start, with or without demo people. Made once a run: it takes half a minute."""
    data = new_folder()
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    with _running(data, ["--demo" if demo else "--no-demo"], {}):
        pass
    shutil.rmtree(data / "log")
    return data


@contextmanager
def _running(data: Path, options: Sequence[str], variables: dict[str, str]) -> Iterator[Product]:
    """On that folder, which stays."""
    ours = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "SOCIALAPP_URL", "SOCIALAPP_DATA", "SOCIALAPP_SECRET_KEY")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= {"SOCIALAPP_LIMITS": "off"} | variables
    environment["SOCIALAPP_DATA"] = str(data)
    port = free_port()
    command = [str(CHECKOUT / "bin" / "up"), "--data", str(data), "--port", str(port), *options]
    with (data / "up.log").open("w") as log:
        up = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            # A run of tests may be killed. The child only calls prctl, so that other threads here do no harm.
            preexec_fn=die_with_parent("SIGTERM"),  # noqa: PLW1509
        )
    try:
        assert up.stdout
        printed = ""
        for line in up.stdout:
            printed += line
            if line.startswith("Data, logs and mail"):
                break
        else:
            raise RuntimeError(f"bin/up ended: {(data / 'up.log').read_text()}")
        yield Product(f"http://127.0.0.1:{port}", data, environment, up.pid, printed)
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(STOP_PATIENCE_S)
        if up.stdout:
            up.stdout.close()


def new_folder() -> Path:
    """An empty one that PostgreSQL can reach."""
    folder = Path(tempfile.mkdtemp(prefix="socialapp-product-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # root's PostgreSQL runs as another user, who must pass
    return folder


def manage(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Run a `manage.py` command of the product with that environment to its end."""
    return subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def free_port() -> int:
    """One that nobody listened on a moment ago, nor on the next, which is for live streams."""
    while True:
        port = embedded.free_port(None)
        with suppress(OSError), socket.socket() as next_probe:
            next_probe.bind(("127.0.0.1", port + 1))
            return port
