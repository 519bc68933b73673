"""Decode in a process of its own, which the kernel ends when it takes too long or too much memory.

The process has nothing but the file: no settings, no secrets, no database.
`python -m socialapp.media.decoding SECONDS BYTES WIDTH…` reads the upload from its input, and writes a line of JSON,
then the files one after the other.
"""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PIL import AvifImagePlugin

from socialapp.media.imaging import Fault, Prepared, Unusable, scaled

# A limit of CPU time. Pictures of 64 million pixels take up to 2 s, or several times that on a slow machine.
MOST_SECONDS = 15
# A limit of address space. Pictures of 64 million pixels take up to 1,100 MB.
MOST_MEMORY = 2 * 1024**3
# A limit by the clock, as a process may wait for a busy machine: shorter than the lease of a picture.
PATIENCE_S = 90

_ROOT = Path(__file__).resolve().parents[2]


class Crashed(Exception):
    """The process died, and no limit was the reason: a fault of a decoder, or somebody killed it."""


def scaled_apart(data: bytes, widths: Sequence[int]) -> Prepared:
    """Do what `imaging.scaled` does, within the limits.

    Raises Unusable, for more than the limits too; Crashed; OSError or TimeoutExpired when the machine has no room.
    """
    numbers = [str(number) for number in (MOST_SECONDS, MOST_MEMORY, *widths)]
    done = subprocess.run(  # noqa: S603  the command is our own
        [sys.executable, "-m", __name__, *numbers],
        input=data,
        capture_output=True,
        cwd=_ROOT,
        env={"MALLOC_ARENA_MAX": "2"},  # each arena takes addresses, and has nothing to do with the picture
        timeout=PATIENCE_S,
        check=False,
    )
    if done.returncode == -signal.SIGXCPU:
        raise Unusable(Fault.TOO_MUCH_WORK)
    if done.returncode:
        raise Crashed(f"Exit status {done.returncode}: {done.stderr.decode(errors='replace').strip()[-500:]}")
    line, _, rest = done.stdout.partition(b"\n")
    answer = json.loads(line)
    if "fault" in answer:
        raise Unusable(Fault(answer["fault"]))
    files, at = {}, 0
    for width, length in answer["files"]:
        files[width] = rest[at : at + length]
        at += length
    return Prepared(answer["width"], answer["height"], files)


def _main(seconds: int, memory: int, *widths: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    with suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    AvifImagePlugin.DEFAULT_MAX_THREADS = 2  # not one for each processor, whose stacks count as memory
    files: dict[int, bytes] = {}
    try:
        made = scaled(sys.stdin.buffer.read(), widths)
    except Unusable as error:
        answer: dict[str, object] = {"fault": error.fault}
    except MemoryError:
        answer = {"fault": Fault.TOO_MUCH_WORK}
    else:
        files = made.files
        lengths = [(width, len(content)) for width, content in files.items()]
        answer = {"width": made.width, "height": made.height, "files": lengths}
    sys.stdout.buffer.writelines([json.dumps(answer).encode() + b"\n", *files.values()])


if __name__ == "__main__":
    _main(*map(int, sys.argv[1:]))
