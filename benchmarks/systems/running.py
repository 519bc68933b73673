"""What is the same for all stacks: likes to give out, SQL to ask, processes to find, a broker to freeze."""

import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import psycopg2

from benchmarks.systems.system import Request
from tests.processes import processes

PEOPLE = 20_000  # each with a token and a post


class Running:
    """A stack in the making: subclasses say how a like is sent, how inboxes are asked, and which processes there are.

    `people` and `posts` are ids; `posts[i]` is of `people[i]`.
    """

    name: str
    url: str
    database_url: str
    redis_url: str
    broker_process_id: int

    PEOPLE_AND_POSTS: ClassVar[str]  # yields (person id, post id)
    INBOX_ROWS: ClassVar[str]
    LATENCIES: ClassVar[str]  # of likes since %s

    def __init__(self) -> None:
        self._turns: dict[int, int] = {}
        self._given: set[tuple[int, int]] = set()

    def read_people(self) -> None:
        """In an order that has nothing to do with how they lie in the tables, and the same each time."""
        rows = self.ask(self.PEOPLE_AND_POSTS)
        random.Random(5).shuffle(rows)  # noqa: S311  an order, no secret
        self.people, self.posts = zip(*rows, strict=True)

    def likes(self, number: int, *, posts: int = 20_000) -> Iterator[Request]:
        """See Stack."""
        for _ in range(number):
            yield self.like(*self._next(posts))

    def _next(self, posts: int) -> tuple[int, int]:
        """Person by person, each at another post; so the next likes are of different people and to different ones."""
        while (turn := self._turns.get(posts, 0)) < len(self.people) * posts:
            self._turns[posts] = turn + 1
            lap, person = divmod(turn, len(self.people))
            post = (lap + person + 1) % posts
            if post != person and (person, post) not in self._given:
                self._given.add((person, post))
                return self.people[person], self.posts[post]
        raise ValueError(f"Everybody likes each of these {posts} posts already.")

    def like(self, person: int, post: int) -> Request:
        """That this person likes this post."""
        raise NotImplementedError

    def roots(self) -> dict[str, list[int]]:
        """The first process of each program, by group."""
        raise NotImplementedError

    def processes(self) -> dict[str, list[int]]:
        """See Stack."""
        children: dict[int, list[int]] = {}
        for process in processes():
            children.setdefault(process.parent_id, []).append(process.id)
        found = {}
        for group, waiting in self.roots().items():
            found[group] = list(waiting)
            for process_id in found[group]:  # grows while it is read
                found[group] += children.get(process_id, [])
        return found

    def inbox_rows(self) -> int:
        """See Stack."""
        return int(self.ask(self.INBOX_ROWS)[0][0])

    def latencies(self, since: float) -> list[float]:
        """See Stack."""
        return [seconds for (seconds,) in self.ask(self.LATENCIES, since)]

    @contextmanager
    def broker_frozen(self) -> Iterator[None]:
        """See Stack."""
        process_id = self.broker_process_id
        os.kill(process_id, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process_id, signal.SIGCONT)

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows, if there are any. On a connection of its own, so that none lies idle beside those measured."""
        connection = psycopg2.connect(self.database_url)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()
