"""The parent of all processes, and the moment at which Ctrl-C meets it."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from bin.runtime.console import note
from bin.runtime.supervisor import Program, Supervisor

PATIENCE_S = 20


class Interrupted:
    """The lock of a `Popen`. Whoever takes it is sent Ctrl-C in that moment."""

    def __init__(self, lock: Any) -> None:
        self.lock = lock

    def acquire(self, *how: bool) -> bool:
        taken = bool(self.lock.acquire(*how))
        # Sent to this thread: other tests may have left threads, which block no signal. `bin/up` has one thread.
        signal.raise_signal(signal.SIGINT)
        return taken

    def release(self) -> None:
        self.lock.release()


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """Interrupts, as in `bin/up`; a shell that starts tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def sleeper(tmp_path: Path) -> Program:
    return Program("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], cwd=tmp_path)


def test_a_note_to_a_closed_pipe_stops_nothing() -> None:
    """The reader of a pipe has gone, or the terminal is closed."""
    readable, writable = os.pipe()
    os.close(readable)
    closed = os.fdopen(writable, "w")
    with redirect_stdout(closed):
        note("worker ended; starting it again at once.")
    with pytest.raises(BrokenPipeError):
        closed.close()


@pytest.mark.parametrize("meets", ["look", "wait_until", "stop"])
def test_ctrl_c_that_meets_the_supervisor_while_it_looks_leaves_nothing_to_wait_for(
    sleeper: Program, tmp_path: Path, meets: str
) -> None:
    supervisor = Supervisor(tmp_path / "log", dict(os.environ), say=lambda text: None)
    supervisor.start(sleeper)
    assert sleeper.process
    popen: Any = sleeper.process
    lock = popen._waitpid_lock
    popen._waitpid_lock = Interrupted(lock)
    doing = {
        "look": supervisor.look,
        "wait_until": lambda: supervisor.wait_until(sleeper, lambda: False),
        "stop": supervisor.stop,
    }
    try:
        with pytest.raises(KeyboardInterrupt):
            doing[meets]()
        popen._waitpid_lock = lock
        assert not lock.locked()
        supervisor.stop()
        assert sleeper.process.wait(PATIENCE_S) == -signal.SIGTERM
    finally:
        popen._waitpid_lock = Lock()  # the other may still be held, if this test failed
        supervisor.kill()


def test_a_second_interrupt_is_handled_too(sleeper: Program, tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "log", dict(os.environ), say=lambda text: None)
    supervisor.start(sleeper)
    try:
        for _again in range(2):
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            assert sleeper.exit_code() is None
            assert not signal.pthread_sigmask(signal.SIG_BLOCK, []) & {signal.SIGINT}
    finally:
        supervisor.kill()
    assert sleeper.exit_code() == -signal.SIGKILL
