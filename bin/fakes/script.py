"""The answers of a fake: those it was given, in order, and success after that."""

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

# Of a session with a mail server, in this order.
STEPS = ("banner", "ehlo", "starttls", "auth", "mail", "rcpt", "data")


@dataclass(frozen=True)
class Answer:
    """`code` 0 is success, -1 a connection that is reset.

    The fake waits `wait` seconds before it takes anything, and `late` seconds after it took it, before it says so.
    `step` is where in a mail server's session it says it. A webhook receiver can also send a byte of its answer every
    `drip` seconds, or hang up in its first line (`cut`).
    """

    code: int = 0
    wait: float = 0.0
    late: float = 0.0
    retry_after: str | None = None
    step: str = "data"
    drip: float = 0.0
    cut: bool = False

    @classmethod
    def read(cls, text: str) -> "Answer":
        """ok, 500, "429 7" (Retry-After), "hang 30", "late 12", reset.

        Of a mail server also "rcpt 550 5.7.1 Denied"; of a webhook receiver also "drip 1" and cut. Raises ValueError.
        """
        word, _, more = text.strip().partition(" ")
        if word in STEPS:
            return replace(cls.read(more), step=word)
        values: dict[str, Any] = {}
        match word:
            case "ok":
                pass
            case "reset":
                values = {"code": -1}
            case "hang":
                values = {"wait": float(more or 30)}
            case "late":
                values = {"late": float(more or 12)}
            case "drip":
                values = {"code": 200, "drip": float(more or 1)}
            case "cut":
                values = {"code": 200, "cut": True}
            case _:
                values = {"code": int(word), "retry_after": more or None}
        return cls(**values)


@dataclass
class Script:
    """Answers to come, for one fake; `always` for when there are none."""

    coming: deque[Answer] = field(default_factory=deque)
    always: Answer = field(default_factory=Answer)

    def tell(self, answers: list[str], always: str = "ok") -> None:
        """From now on."""
        self.coming = deque(Answer.read(text) for text in answers)
        self.always = Answer.read(always)

    @property
    def step(self) -> str:
        """Where the next answer comes."""
        return (self.coming[0] if self.coming else self.always).step

    async def next(self) -> Answer:
        """The next answer, after its wait."""
        answer = self.coming.popleft() if self.coming else self.always
        if answer.wait:
            await asyncio.sleep(answer.wait)
        return answer

    @staticmethod
    async def yes(answer: Answer) -> None:
        """Return when the success may be answered; what was sent is kept already."""
        if answer.late:
            await asyncio.sleep(answer.late)
