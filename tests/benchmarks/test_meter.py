"""Every CPU second is seen, in the group that used it, also of processes that end meanwhile."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from benchmarks.meter import Meter, memory_mb, times
from tests.processes import processes

# A parent that lets a child burn half a second whenever it is told a line, waits for it, and says so.
PARENT = """
import subprocess, sys
burn = "import time\\nwhile time.process_time() < 0.5: pass"
for line in sys.stdin:
    subprocess.run([sys.executable, "-c", burn], check=True)
    print("burnt", flush=True)
"""
BURN = "import sys, time\nwhile time.process_time() < 0.5: pass\nprint('burnt', flush=True)\nsys.stdin.read()"


@contextmanager
def running(code: str) -> Iterator["subprocess.Popen[str]"]:
    """A process of ours."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def say(process: "subprocess.Popen[str]", line: str = "") -> None:
    """And wait until it has burnt."""
    assert process.stdin
    assert process.stdout
    if line:
        process.stdin.write(line)
    assert process.stdout.readline() == "burnt\n"


def family(process_id: int) -> list[int]:
    """It and its children."""
    return [process_id, *(each.id for each in processes() if each.parent_id == process_id)]


def test_a_child_that_burns_half_a_second_and_ends_is_seen() -> None:
    with running(PARENT) as parent, running("input()") as lazy:
        with Meter(lambda: {"web": family(parent.pid), "lazy": [lazy.pid]}) as meter:
            say(parent, "burn\n")
        used = meter.usage()
    assert 0.45 < used["web"].cpu_s < 0.95
    assert used["lazy"].cpu_s < 0.1
    assert used["web"].memory_mb > 1


def test_what_was_used_before_is_not_counted() -> None:
    with running(PARENT) as parent:
        say(parent, "burn\n")
        with Meter(lambda: {"web": family(parent.pid)}) as meter:
            pass
    assert meter.usage()["web"].cpu_s < 0.1


def test_a_child_in_the_making_and_gone_again_is_counted_once() -> None:
    with running(PARENT) as parent:
        with Meter(lambda: {"web": family(parent.pid)}) as meter:
            for _ in range(3):
                say(parent, "burn\n")
                meter.look()
        assert 1.4 < meter.usage()["web"].cpu_s < 2.8


def test_a_worker_that_is_killed_stays_in_its_group_and_is_not_its_supervisors() -> None:
    """The supervisor is this very process: it starts the worker anew, and has waited for the first."""
    group: list[int] = []
    with Meter(lambda: {"worker": list(group), "supervisor": [os.getpid()]}) as meter:
        for _ in range(2):
            with running(BURN) as worker:
                group[:] = [worker.pid]
                say(worker)
                meter.look()
            meter.look()
    used = meter.usage()
    assert 0.95 < used["worker"].cpu_s < 1.9
    assert used["supervisor"].cpu_s < 0.5


def test_a_process_without_a_parent_among_them() -> None:
    group: list[int] = []
    with Meter(lambda: {"service": list(group)}) as meter, running(BURN) as service:
        group[:] = [service.pid]
        say(service)
        meter.look()
    assert 0.45 < meter.usage()["service"].cpu_s < 0.95


def test_who_is_gone_has_no_times_and_no_memory() -> None:
    with running("input()") as process:
        while memory_mb(process.pid) == 0:
            time.sleep(0.01)
        known = psutil.Process(process.pid)
        assert times(known).parent_id == os.getpid()
        process.send_signal(signal.SIGKILL)
        process.wait()
        with pytest.raises(psutil.NoSuchProcess):
            times(known)
        assert memory_mb(process.pid) == 0


def test_it_watches_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.meter.LOOK_EVERY_S", 0.02)
    with running(BURN) as worker:
        gone = [worker.pid]
        with Meter(lambda: {"worker": gone}) as meter:
            say(worker)
            while meter._last == {} or max(times.own for times in meter._last.values()) < 0.45:
                time.sleep(0.02)
            worker.kill()
            worker.wait()
    assert meter.usage()["worker"].cpu_s > 0.2
    assert meter.usage()["worker"].memory_mb > 1
