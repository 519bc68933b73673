"""Flame graphs of likes: where web, worker and PostgreSQL spend their processor time at a steady rate.

    .venv/bin/python -m benchmarks.flames [--rate 300] [--seconds 20] [--name after] [--into docs/benchmarks]

Python is sampled by py-spy while it holds its lock; PostgreSQL by perf (Debian: linux-perf), which needs root.
Writes flame-web-NAME.svg and so on. A frame is as wide as its share of the samples; who called it stands below it.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.http.trial import trial
from benchmarks.systems.product import Socialapp, socialapp
from config.env import CHECKOUT

Stacks = Counter[tuple[str, ...]]  # how often each stack of frames was seen, the outermost first

WIDTH, ROW, LETTER, HEAD = 1_200, 17, 6.7, 44
LEAST = 0.004  # of all samples: narrower frames are left out
MINT, SAND, INK, SURFACE = "#6ad6b6", "#f3d48a", "#1c2420", "#fffefb"  # as the plots
OURS = ("socialapp/", "reactions/", "notifications/", "config/")
# Of this machine, and no part of a name.
PLACES = re.compile(r"[^\s(]*(?:site-packages|lib/python3\.\d+)/|:\d+(?=\)$)")
PERF_FRAME = re.compile(r"^\s+[0-9a-f]+ (.+?)(?:\+0x[0-9a-f]+)? \([^)]*\)$")


def main() -> None:
    """Writes a picture for each of the three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=300.0)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--name", default="after")
    parser.add_argument("--into", type=Path, default=CHECKOUT / "docs" / "benchmarks")
    chosen = parser.parse_args()
    with socialapp() as stack:
        draw_all(stack, chosen)


def draw_all(stack: Socialapp, chosen: argparse.Namespace) -> None:
    """One after the other, so that none is sampled while another is."""
    roots = stack.roots()
    workers = [process_id for process_id in roots["worker"] if "messages" in _command(process_id)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "samples"
        for name in ("web", "worker", "postgres"):
            with likes(stack, chosen.rate, chosen.seconds + 2):
                if name == "postgres":
                    found = sampled_native(stack.processes()[name], chosen.seconds, file)
                else:
                    found = sampled_python(workers if name == "worker" else roots[name], chosen.seconds, file)
            title = f"{name}, {chosen.rate:.0f} likes a second, {chosen.name}"
            (chosen.into / f"flame-{name}-{chosen.name}.svg").write_text(drawn(found, title))


@contextmanager
def likes(stack: Socialapp, rate: float, seconds: float) -> Iterator[None]:
    """Meanwhile."""
    load = threading.Thread(target=lambda: trial(stack, rate=rate, seconds=seconds))
    load.start()
    yield
    load.join()


def sampled_python(process_ids: Iterable[int], seconds: int, file: Path) -> Stacks:
    """By py-spy: what holds Python's lock, in these processes and their children. Raises CalledProcessError."""
    command = [str(Path(sys.executable).with_name("py-spy")), "record", "--subprocesses", "--gil", "--function"]
    command += ["--rate", "250", "--format", "raw", "--duration", str(seconds)]
    runs = [
        subprocess.Popen([*command, "--output", f"{file}-{process_id}", "--pid", str(process_id)],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for process_id in process_ids
    ]  # fmt: skip
    for run in runs:
        if run.wait():
            raise subprocess.CalledProcessError(run.returncode, command)
    return of_py_spy(line for each in process_ids for line in Path(f"{file}-{each}").read_text().splitlines())


def of_py_spy(lines: Iterable[str]) -> Stacks:
    """Lines of frames and a number. The first frame of each is its process."""
    stacks: Stacks = Counter()
    for line in lines:
        frames, _, number = line.rpartition(" ")
        if names := [PLACES.sub("", frame) for frame in frames.split(";") if not frame.startswith("process ")]:
            stacks[tuple(names)] += int(number)
    return stacks


def sampled_native(process_ids: Iterable[int], seconds: int, file: Path) -> Stacks:
    """By perf. Raises CalledProcessError."""
    record = ["perf", "record", "--call-graph", "dwarf,16384", "--freq", "199", "--output", str(file)]
    record += ["--pid", ",".join(map(str, process_ids)), "--", "sleep", str(seconds)]
    subprocess.run(record, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    script = ["perf", "script", "--input", str(file), "--fields", "comm,ip,sym,dso"]
    return of_perf(subprocess.run(script, check=True, capture_output=True, text=True).stdout)


def of_perf(printed: str) -> Stacks:
    """Samples with an empty line between them, the innermost frame first."""
    stacks: Stacks = Counter()
    for sample in printed.split("\n\n"):
        names = [found[1] for line in sample.splitlines() if (found := PERF_FRAME.match(line))]
        if names:
            stacks[tuple(reversed(names))] += 1
    return stacks


def drawn(stacks: Stacks, title: str) -> str:
    """As SVG: frames with their names, and their shares when pointed at."""
    total = sum(stacks.values())
    depth = max(map(len, stacks), default=0)
    frames = [frame for frame in _frames(stacks, 0, 0) if frame[3] >= LEAST * total]
    height = HEAD + ROW * (1 + max((level for _, level, _, _ in frames), default=depth))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" fill="{INK}">',
        "<style>text { font: 11px DejaVu Sans Mono, monospace } .title { font-size: 15px; font-weight: bold }</style>",
        f'<rect width="100%" height="100%" fill="{SURFACE}"/>',
        f'<text x="8" y="24" class="title">{escape(title)}</text>',
    ]
    for name, level, first, number in frames:
        x, y, width = WIDTH * first / total, height - ROW * (level + 1), WIDTH * number / total
        letters = int((width - 6) / LETTER)
        shown = name if len(name) <= letters else f"{name[: letters - 1]}…" if letters > 3 else ""
        colour = MINT if any(place in name for place in OURS) else SAND
        parts.append(
            f"<g><title>{escape(name)}: {number / total:.1%}</title>"
            f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" rx="1.5" fill="{colour}" '
            f'stroke="{SURFACE}"/>' + (f'<text x="{x + 3:.1f}" y="{y + 12}">{escape(shown)}</text>' if shown else "")
            + "</g>"
        )  # fmt: skip
    return "\n".join([*parts, "</svg>\n"])


def _frames(stacks: Stacks, level: int, first: int) -> Iterator[tuple[str, int, int, int]]:
    """Name, level, samples to its left, samples; the same callers side by side are one frame."""
    groups: dict[str, Stacks] = {}
    for names, number in sorted(stacks.items()):
        if len(names) > level:
            groups.setdefault(names[level], Counter())[names] = number
    for name, group in groups.items():
        number = sum(group.values())
        yield name, level, first, number
        yield from _frames(group, level + 1, first)
        first += number


def _command(process_id: int) -> str:
    return Path(f"/proc/{process_id}/cmdline").read_text().replace("\0", " ")


if __name__ == "__main__":
    main()
