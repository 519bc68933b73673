"""What a bench is: it runs, checks that nothing went wrong, and gives figures to compare with their goals."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:  # the runs themselves need no plots
    from matplotlib.axes import Axes


class CorrectnessError(Exception):
    """Something was lost, doubled or answered with an error; never that it was slow. `bin/bench` ends with 1."""


class CannotRun(Exception):
    """This machine does not let it be measured, for the reason given; `bin/bench` goes on with the others."""


@dataclass(frozen=True)
class Figure:
    """One line of the table. `spread` is least and most over the rounds; `met` is None where there is no goal."""

    name: str
    value: float
    unit: str
    goal: str
    met: bool | None
    spread: tuple[float, float] | None = None
    note: str = ""


@dataclass(frozen=True)
class Result:
    """What a bench found. `raw` goes to JSON as it is, and plots are made of it."""

    figures: list[Figure]
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """How to run: `quick` is tiny, for correctness; `data` is a throw-away folder; how often each side is run.

    `known` is what benches found out for those after them; what is entered into `until_the_end` is left after the last.
    """

    quick: bool
    data: Path
    rounds: int = 3
    known: dict[str, Any] = field(default_factory=dict)
    until_the_end: ExitStack = field(default_factory=ExitStack)


class Progress(Protocol):
    """Where a bench says how far it is."""

    def step(self, text: str, fraction: float) -> None:
        """What is done now, and which part of the bench is behind it (0 to 1)."""


class Bench(Protocol):
    """A class made without arguments: its name for --only, and one line on what it measures.

    One that can be drawn is `Plotted` too. `benchmarks.__main__.BENCHES` lists them all.
    """

    name: str
    what: str

    def run(self, settings: Settings, progress: Progress) -> Result:
        """Raises CorrectnessError when something was lost, doubled or an error; never because of a time.

        And CannotRun.
        """


@runtime_checkable
class Plotted(Bench, Protocol):
    """A bench that draws its raw figures."""

    def plot(self, axes: "Axes", raw: dict[str, Any]) -> None:
        """On axes that have the house's style already; sets title and labels."""
