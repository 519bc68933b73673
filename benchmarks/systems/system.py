"""What a bench may know of a system under test; the same for the product and for each yardstick."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Request:
    """One request to send. An empty body is sent as Content-Length 0. Whatever is new is answered 201."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Stack(Protocol):
    """A running system with PostgreSQL and Valkey of its own, people, tokens and posts in it, and warm.

    It is made by a context manager: `with socialapp() as stack: …`, as are `textbook`, `synchronous` and `floor`.
    """

    name: str  # "socialapp", "textbook", "textbook, connections kept", "synchronous", "floor"
    url: str  # http://127.0.0.1:PORT
    database_url: str
    redis_url: str

    def likes(self, number: int, *, posts: int = 20_000) -> Iterator[Request]:
        """So many likes, spread over `posts` posts, each by a different author. None was given out before.

        Raises ValueError when so few posts cannot be liked so often: each person likes each post of others once.
        """

    def inbox_rows(self) -> int:
        """How many reactions are in inboxes by now."""

    def latencies(self, since: float) -> list[float]:
        """Seconds from the commit of each like to the commit of its inbox row; of likes since that Unix time.

        A like without an inbox row yet has none. Both times are the server's (track_commit_timestamp).
        """

    def processes(self) -> dict[str, list[int]]:
        """Process ids by group, with all descendants.

        "web", "worker", "postgres", "redis"; and what else there is of "live", "beat", "supervisor", "service" (the
        synchronous yardstick's) and "fakes" (the world outside the product: no part of what is measured).
        What processes used that have ended meanwhile, as PostgreSQL's do with each connection, is in the `cutime` and
        `cstime` of their parents: count these of all that are listed here.
        """

    @property
    def broker_process_id(self) -> int:
        """Of Valkey."""

    def broker_frozen(self) -> AbstractContextManager[None]:
        """Meanwhile it hangs (SIGSTOP): connections open, and nobody answers."""

    def broker_stopped(self) -> AbstractContextManager[None]:
        """Meanwhile it is gone, and connections are refused. Afterwards it is up again."""
