"""`bin/bench`: every bench on stacks of its own, one table of ratios, the raw figures and the plots."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from tqdm import tqdm

from benchmarks.bench import Bench, CannotRun, CorrectnessError, Figure, Result, Settings
from benchmarks.meter import cpu_of_machine
from benchmarks.report import draw_again, keep, write_pages
from benchmarks.table import text
from config.env import CHECKOUT

# Dotted paths of classes that are benches (benchmarks.bench.Bench), made without arguments. In the order of the table.
BENCHES: tuple[str, ...] = (
    "benchmarks.http.throughput.Throughput",
    "benchmarks.http.cpu.Cpu",
    "benchmarks.http.activities.Activities",
    "benchmarks.http.pages.Pages",
    "benchmarks.http.bytes.Bytes",
    "benchmarks.http.idle.Idle",
    "benchmarks.http.channel.Channel",
    "benchmarks.http.broker.Broker",
    "benchmarks.http.steady.Steady",
    "benchmarks.http.latency.Latency",
    "benchmarks.database.drain.Drain",
    "benchmarks.database.scale.Scale",
    "benchmarks.database.many.Many",
    "benchmarks.database.replay.Replay",
)
INTO = CHECKOUT / "docs" / "benchmarks"
BUSY = 0.2


class Bar:
    """One bench's progress: a bar on a terminal; elsewhere a line for each step."""

    def __init__(self, name: str) -> None:
        self.name, self._told = name, ""
        self._bar = tqdm(
            total=1.0, desc=name, leave=False, bar_format="{desc} {percentage:3.0f} % {bar} {elapsed} {postfix}",
            disable=not sys.stderr.isatty(),
        )  # fmt: skip

    def step(self, text: str, fraction: float) -> None:
        """See Progress."""
        self._bar.update(max(0.0, min(fraction, 1.0) - self._bar.n))
        self._bar.set_postfix_str(text)
        if self._bar.disable and text != self._told:
            print(f"{self.name}: {text}", file=sys.stderr, flush=True)
        self._told = text

    def close(self) -> None:
        """Leave nothing on the terminal."""
        self._bar.close()


def options(benches: Sequence[Bench]) -> argparse.Namespace:
    """Of the command line."""
    parser = argparse.ArgumentParser(prog="bin/bench", description="Compare socialapp with the textbook, under load.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="these benches only (see --list)")
    parser.add_argument("--quick", action="store_true", help="small and short: checks that nothing is lost, no times")
    parser.add_argument("--list", action="store_true", help="list the benches and do nothing")
    parser.add_argument("--rounds", type=int, default=3, help="how often each side is measured (3)")
    parser.add_argument("--into", type=Path, help="folder for figures and plots (docs/benchmarks; --quick: none)")
    parser.add_argument("--draw", action="store_true", help="only draw the plots again and write the pages")
    chosen = parser.parse_args()
    if chosen.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if unknown := set(chosen.names) - {bench.name for bench in benches}:
        parser.error(f"There is no bench {', '.join(sorted(unknown))}: see --list.")
    if chosen.into is None and not chosen.quick:
        chosen.into = INTO
    chosen.into = chosen.into and chosen.into.absolute()
    return chosen


def main() -> int:
    """0; 1 when something was lost, doubled or an error; 130 after Ctrl-C."""
    benches = [_made(path) for path in BENCHES]
    chosen = options(benches)
    if chosen.list:
        print("\n".join(f"{bench.name:<12} {bench.what}" for bench in benches))
        return 0
    names = [bench.name for bench in benches]
    if chosen.draw:
        draw_again(chosen.into, benches)
        write_pages(chosen.into, CHECKOUT / "README.md", names)
        return 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        figures, wrongs = run([bench for bench in benches if bench.name in (chosen.names or names)], chosen)
    except KeyboardInterrupt:
        print("\nStopped; everything that was started is gone.", file=sys.stderr)
        return 130
    print(f"\n{text(figures)}\n")
    if chosen.into and not wrongs:
        write_pages(chosen.into, CHECKOUT / "README.md", names)
    for wrong in wrongs:
        print(f"WRONG. {wrong}", file=sys.stderr)
    return 1 if wrongs else 0


def run(benches: Sequence[Bench], chosen: argparse.Namespace) -> tuple[list[Figure], list[str]]:
    """All figures, and what was wrong. What a bench found is kept as soon as it is over."""
    if (busy := cpu_of_machine()) > BUSY and not chosen.quick:
        print(f"Other programs keep {busy:.0%} of this machine busy: times are worth little.", file=sys.stderr)
    figures: list[Figure] = []
    wrongs: list[str] = []
    with ExitStack() as ends:
        data = Path(tempfile.mkdtemp(prefix="socialapp-bench-"))
        ends.callback(shutil.rmtree, data, ignore_errors=True)
        if os.geteuid() == 0:
            data.chmod(0o711)  # root's PostgreSQL runs as another user, who must pass
        settings = Settings(chosen.quick, data, 1 if chosen.quick else chosen.rounds)
        ends.enter_context(settings.until_the_end)
        for bench in benches:
            begun = time.monotonic()
            try:
                result = measured(bench, settings)
            except CorrectnessError as wrong:
                wrongs.append(f"{bench.name}: {wrong}")
                continue
            except CannotRun as reason:
                print(f"{bench.name}: not measured: {reason}", file=sys.stderr)
                continue
            figures += result.figures
            if chosen.into:
                keep(chosen.into, bench, result, settings.rounds, time.monotonic() - begun)
    return figures, wrongs


def measured(bench: Bench, settings: Settings) -> Result:
    """Raises CorrectnessError. The figures of --quick are not held against goals."""
    bar, begun = Bar(bench.name), time.monotonic()
    try:
        result = bench.run(settings, bar)
    finally:
        bar.close()
    print(f"{bench.name}: {bench.what}, done in {time.monotonic() - begun:.0f} s", flush=True)
    if not settings.quick:
        return result
    return Result([replace(figure, met=None) for figure in result.figures], result.raw)


def _made(path: str) -> Bench:
    module, _, name = path.rpartition(".")
    made: Bench = getattr(import_module(module), name)()
    return made


if __name__ == "__main__":
    sys.exit(main())
