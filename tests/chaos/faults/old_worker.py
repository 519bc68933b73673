"""A worker of an earlier release beside the new ones, on the same queues: what each deployment is for a while."""

import asyncio
import os
import random
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from config.env import CHECKOUT
from tests.chaos.faults.fault import Fault, Note
from tests.chaos.world import World

PRODUCT = ("config", "socialapp", "reactions", "notifications", "manage.py")
# So many changes of the product ago; not from before the newest migration, as that is another deployment.
AGO = 12
STOP_PATIENCE_S = 60


def earlier(ago: int = AGO) -> str:
    """The commit; "" where there is no history."""
    newest = _git("log", "-1", "--format=%H", "--", "*/migrations/*").strip()
    if not newest:
        return ""
    commits = _git("log", "--format=%H", f"{newest}..HEAD", "--", *PRODUCT).split()
    return commits[min(ago, len(commits) - 1)] if len(commits) > 1 else ""


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(CHECKOUT), *words], capture_output=True, text=True, check=False)  # noqa: S607
    return done.stdout if done.returncode == 0 else ""


def _take_out(commit: str, folder: Path) -> None:
    folder.mkdir()
    archive = subprocess.Popen(
        ["git", "-C", str(CHECKOUT), "archive", commit, *PRODUCT],  # noqa: S607
        stdout=subprocess.PIPE,
    )
    subprocess.run(["tar", "-x", "-C", str(folder)], stdin=archive.stdout, check=True)  # noqa: S607
    archive.wait()


def _start(world: World, folder: Path) -> subprocess.Popen[bytes]:
    command = [
        *(sys.executable, "-m", "celery", "-A", "config", "worker", "--queues", "messages,housekeeping,fanout"),
        *("--concurrency", "2", "--hostname", "old@%h", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    environment = {
        **world.environment,
        "PYTHONPATH": os.pathsep.join([world.injected, str(folder), str(CHECKOUT)]),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "CHAOS_OLD": "1",
    }
    with (world.data / "old-worker.log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


@asynccontextmanager
async def _beside(world: World, _dice: random.Random, note: Note) -> AsyncIterator[None]:
    commit = earlier()
    folder = world.data / f"release-{commit[:12]}"
    if not folder.exists():
        await asyncio.to_thread(_take_out, commit, folder)
    worker = _start(world, folder)
    try:
        yield
        note.text = commit[:12] + ("" if worker.poll() is None else f", ended with {worker.returncode}")
    finally:
        worker.terminate()
        try:
            await asyncio.to_thread(worker.wait, STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def _no_history(_world: World) -> str:
    if shutil.which("git") is None or shutil.which("tar") is None:
        return "git or tar is not there"
    return "" if earlier() else "there is no earlier release in the history"


FAULTS = [
    Fault(
        "old-worker",
        "release",
        "a worker of an earlier release on the same queues",
        "release",
        _beside,
        (15.0, 30.0),
        _no_history,
    )
]
