"""One parent over every process: starts them, starts again what dies, stops them in turn."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bin.runtime.console import Failure, note
from bin.runtime.os_user import Account

# Celery stops within 2 s as a rule, but 32 s were seen; a supervisor that is impatient makes work be done twice.
PATIENCE = 60.0
LONGEST_PAUSE = 10.0
STEADY = 10.0
LOG_SIZE = 10_000_000
# Older ones that are kept: worker.log.1 to worker.log.4.
LOG_GENERATIONS = 4
LOG_LOOK_S = 1.0
INTERRUPTS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_PR_SET_PDEATHSIG = 1


@dataclass
class Program:
    """A command that is to run for as long as the product does."""

    name: str
    command: list[str]
    cwd: Path | None = None
    account: Account | None = None
    stop: str = "SIGTERM"
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float | None = None
    pause: float = field(default=0.1)

    def signal(self, name: str) -> None:
        """Send it a signal, unless it has ended."""
        if self.process and self.exit_code() is None:
            os.kill(self.process.pid, signal.Signals[name])

    def exit_code(self) -> int | None:
        """None if it was not started, or has not ended.

        Ctrl-C waits for the answer: what interrupts `Popen.poll` may leave its lock taken, and whoever waits for the
        process after that waits forever.
        """
        try:
            signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)
            return self.process.poll() if self.process else None
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)


class Supervisor:
    """Runs programs in a session each, so that Ctrl-C at the terminal reaches only this process."""

    def __init__(self, logs: Path, environment: dict[str, str], say: Callable[[str], None] = note) -> None:
        self.logs, self.environment, self.say = logs, environment, say
        self.programs: list[Program] = []
        self.stopping = False
        logs.mkdir(parents=True, exist_ok=True)
        logs.chmod(0o700)

    def log_of(self, program: Program) -> Path:
        return self.logs / f"{program.name}.log"

    def start(self, program: Program) -> None:
        """Start it and look after it from now on."""
        self.programs.append(program)
        _rotate(self.log_of(program))
        self._launch(program)

    def _launch(self, program: Program) -> None:
        account = program.account
        with self.log_of(program).open("ab") as log:
            program.process = subprocess.Popen(
                program.command,
                cwd=program.cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                # One thread here, so that this is safe.
                preexec_fn=die_with_parent(program.stop),  # noqa: PLW1509
            )
        program.started_at, program.start_again_at = time.monotonic(), None

    def wait_until(self, program: Program, is_ready: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for a program that was just started. Raises Failure with the last line of its log if it ends instead."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if program.process is None or program.exit_code() is not None:
                raise Failure(f"{program.name} ended at once: {last_line(self.log_of(program))}")
            if time.monotonic() > deadline:
                raise Failure(f"{program.name} is not ready after {seconds:.0f} s. Its log: {self.log_of(program)}")
            time.sleep(0.02)

    def watch(self) -> None:
        """Until `stopping`: what dies is started again, at once the first time, more slowly if it keeps dying."""
        looked_at = 0.0
        while not self.stopping:
            self.look()
            if time.monotonic() - looked_at > LOG_LOOK_S:
                self.rotate()
                looked_at = time.monotonic()
            time.sleep(0.1)

    def rotate(self) -> None:
        """Make room in each log that has grown long, while its program goes on to write to it."""
        for program in self.programs:
            _rotate(self.log_of(program))

    def look(self) -> None:
        """Start again what died."""
        now = time.monotonic()
        for program in self.programs:
            if program.start_again_at is not None:
                if now >= program.start_again_at:
                    self._launch(program)
                continue
            if (code := program.exit_code()) is None:
                continue
            _kill_group(program)
            program.pause = 0.1 if now - program.started_at > STEADY else min(program.pause * 3, LONGEST_PAUSE)
            program.start_again_at = now + program.pause
            how = f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
            again = "at once" if program.pause < 1 else f"in {program.pause:.0f} s"
            self.say(f"{program.name} ended ({how}); starting it again {again}. Log: {last_line(self.log_of(program))}")

    def stop(self) -> None:
        """Stop all, the last started first, each given time to finish what it has in hand. Twice: kill them."""
        for group in _in_turn(self.programs):
            for program in group:
                program.signal(program.stop)
            _wait(group, PATIENCE)
            for program in group:
                if program.process and program.exit_code() is None:
                    self.say(f"{program.name} did not stop in {PATIENCE:.0f} s and is killed.")
                _kill_group(program)

    def kill(self) -> None:
        """End all now. PostgreSQL and the outbox are made to survive it."""
        for program in self.programs:
            _kill_group(program)


def _in_turn(programs: list[Program]) -> Iterator[list[Program]]:
    """First what serves people, together; then the servers under it, one by one."""
    yield [p for p in programs if p.name not in {"postgres", "valkey"}]
    for program in reversed(programs):
        if program.name in {"postgres", "valkey"}:
            yield [program]


def _wait(programs: list[Program], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for program in programs:
        while program.process and program.exit_code() is None and time.monotonic() < deadline:
            time.sleep(0.01)


def _kill_group(program: Program) -> None:
    """The program and what it left behind: a killed parent's children would keep its port."""
    if program.process:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(program.process.pid, signal.SIGKILL)
        while program.exit_code() is None:
            time.sleep(0.01)


def die_with_parent(stop: str) -> Callable[[], None] | None:
    """For `Popen(preexec_fn=…)`: the kernel sends the child that signal when the thread that made it ends (Linux)."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    number = signal.Signals[stop].value
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, number)


def _rotate(log: Path) -> None:
    """Copied and emptied, because its program keeps it open (to append). What it writes in that moment may be lost."""
    if not log.exists() or log.stat().st_size <= LOG_SIZE:
        return
    # A full disk stops nothing here: there is room again once the log is emptied.
    with suppress(OSError):
        for generation in range(LOG_GENERATIONS - 1, 0, -1):
            older = log.with_suffix(f".log.{generation}")
            if older.exists():
                older.replace(log.with_suffix(f".log.{generation + 1}"))
        shutil.copyfile(log, log.with_suffix(".log.1"))
    os.truncate(log, 0)


def last_line(log: Path) -> str:
    """The last line that says something."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4_000))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return "(no log)"
    return next((line.strip() for line in reversed(lines) if line.strip()), "(it printed nothing)")
