"""Load for a stack: requests at a set rate, or as fast as so many connections get answers.

The rate is an open loop: each request is due at its time, whatever became of those before it, and its latency counts
from then. So a server that stalls for a second is seen in all that was due meanwhile, in place of one late answer.
Requests are built first and sent by a process of its own (`benchmarks.generator`), which tells its own CPU.
"""

import pickle
import subprocess
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.percentiles import percentile
from benchmarks.systems.system import Request

CONNECTIONS = 256
TIMEOUT_S = 60.0
NO_ANSWER = ("refused", "reset", "cut short", "timed out", "not HTTP")


@dataclass(frozen=True)
class Plan:
    """The generator's orders. Without a rate, the connections send again as soon as they are answered."""

    host: str
    port: int
    requests: list[bytes]
    rate: float | None
    connections: int
    timeout_s: float
    seconds: float | None = None


@dataclass(frozen=True)
class Offered:
    """What became of requests, in the order in which they were due. Times in seconds.

    `outcomes` are HTTP statuses; a negative one, -1 - n, is NO_ANSWER[n]. A request that failed has the time until it
    failed. `late` is how late the generator itself was with each that had a connection at once.
    """

    begun_at: float  # Unix time
    due: "array[float]"  # since then
    took: "array[float]"
    outcomes: "array[int]"
    late: "array[float]"
    waited: int  # for a connection
    connections: int  # opened
    cpu_s: float
    wall_s: float

    @property
    def accepted(self) -> int:
        """How many were answered 201."""
        return sum(outcome == 201 for outcome in self.outcomes)

    @property
    def errors(self) -> dict[str, int]:
        """How many of each other outcome."""
        named = (NO_ANSWER[-1 - n] if n < 0 else str(n) for n in self.outcomes if n != 201)
        return dict(Counter(named))

    @property
    def uncertain(self) -> int:
        """How many may have been accepted without an answer that says so."""
        return sum(outcome < 0 or outcome >= 500 for outcome in self.outcomes)

    def p(self, percent: float) -> float:
        """A percentile of latency, in ms."""
        return 1_000 * percentile(self.took, percent)

    @property
    def answered_per_s(self) -> float:
        """Over the whole run, until the last was answered."""
        return len(self.took) / self.wall_s

    def summary(self) -> dict[str, object]:
        """For the raw figures."""
        return {
            "requests": len(self.took), "accepted": self.accepted, "errors": self.errors, "seconds": self.wall_s,
            "p50_ms": self.p(50), "p90_ms": self.p(90), "p99_ms": self.p(99), "most_ms": self.p(100),
            "connections": self.connections, "waited_for_a_connection": self.waited,
            "generator_late_p99_ms": 1_000 * percentile(self.late, 99) if self.late else 0.0,
            "generator_us_per_request": 1e6 * self.cpu_s / len(self.took), "generator_core": self.cpu_s / self.wall_s,
        }  # fmt: skip


def offer(
    url: str,
    requests: Iterable[Request],
    *,
    rate: float | None = None,
    connections: int = CONNECTIONS,
    timeout_s: float = TIMEOUT_S,
    seconds: float | None = None,
) -> Offered:
    """Send all, or what can be sent in so many seconds, and wait for every answer. Raises RuntimeError."""
    place = urlsplit(url)
    host, port = place.hostname or "", place.port or 80
    ready = [_bytes(request, f"{host}:{port}") for request in requests]
    with _generator() as generator:
        plan = Plan(host, port, ready, rate, connections, timeout_s, seconds)
        said, _ = generator.communicate(pickle.dumps(plan))
    if generator.returncode:
        raise RuntimeError(f"The load generator ended with {generator.returncode}.")
    offered: Offered = pickle.loads(said)  # noqa: S301  it is our own process
    return offered


@contextmanager
def _generator() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that is gone afterwards, by Ctrl-C too."""
    generator = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.generator"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield generator
    finally:
        generator.kill()
        generator.wait()


def _bytes(request: Request, host: str) -> bytes:
    headers = {"Host": host, **request.headers}
    if request.method != "GET":
        headers["Content-Length"] = str(len(request.body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{request.method} {request.path} HTTP/1.1\r\n{lines}\r\n".encode() + request.body
