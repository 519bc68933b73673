"""What is kept of a run: for each bench its raw figures and its plot; and the pages that show them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench, Figure, Plotted, Result
from benchmarks.machine import machine, told
from benchmarks.table import markdown

BEGIN, END = "<!-- bin/bench writes from here -->", "<!-- bin/bench writes to here -->"
# What the README shows of the plots, in this order, if it is there.
BEST = ("throughput", "cpu", "channel", "broker")


@dataclass(frozen=True)
class Kept:
    """A bench as it was measured once, here or on another day."""

    name: str
    what: str
    figures: list[Figure]
    measured_on: str  # a date
    machine: str
    has_plot: bool


def keep(folder: Path, bench: Bench, result: Result, rounds: int) -> None:
    """Write NAME.json and, when it can be drawn, NAME.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    record: dict[str, Any] = {
        "bench": bench.name, "what": bench.what, "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(), "rounds": rounds, "figures": [asdict(figure) for figure in result.figures],
        "raw": result.raw,
    }  # fmt: skip
    (folder / f"{bench.name}.json").write_text(json.dumps(record, indent=1) + "\n")
    if isinstance(bench, Plotted):
        draw(folder, bench, result.raw)


def draw(folder: Path, bench: Plotted, raw: dict[str, Any]) -> None:
    """Write NAME.svg."""
    from benchmarks.plots import drawn

    (folder / f"{bench.name}.svg").write_bytes(drawn(bench, raw))


def draw_again(folder: Path, benches: Sequence[Bench]) -> None:
    """All plots of what is kept: after they were made to look otherwise."""
    for bench in benches:
        record = folder / f"{bench.name}.json"
        if record.exists() and isinstance(bench, Plotted):
            draw(folder, bench, json.loads(record.read_text())["raw"])


def kept(folder: Path, names: Sequence[str]) -> list[Kept]:
    """What is there of these, in their order."""
    return [_read(folder / f"{name}.json") for name in names if (folder / f"{name}.json").exists()]


def write_pages(folder: Path, readme: Path, names: Sequence[str]) -> None:
    """The page of all figures; and the README's part between its two marks, if the folder is below it."""
    found = kept(folder, names)
    (folder / "README.md").write_text(page(found))
    if not folder.is_relative_to(readme.parent):
        return
    before, begin, rest = readme.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        readme.write_text(f"{before}{BEGIN}\n{summary(found, f'{folder.relative_to(readme.parent)}')}{END}{after}")


def page(found: Sequence[Kept]) -> str:
    """docs/benchmarks/README.md."""
    parts = [f"# Side by side\n\n{BEGIN}\nWritten by `bin/bench`; change `benchmarks/report.py`, not this page.\n"]
    if judged := _judged(found):
        parts.append(f"## The goals\n\n{markdown(judged, notes=False)}\n")
    for each in found:
        parts.append(f"## {each.name}: {each.what}\n\nMeasured on {each.measured_on}: {each.machine}.\n")
        if each.has_plot:
            parts.append(f"![{each.what}]({each.name}.svg)\n")
        parts.append(f"{markdown(each.figures)}\n\nRaw: [{each.name}.json]({each.name}.json)\n")
    return "\n".join(parts) + f"\n{END}\n"


def summary(found: Sequence[Kept], folder: str) -> str:
    """For the README: the best of the plots, and how many goals are met."""
    if not found:
        return ""
    plotted = {each.name: each for each in found if each.has_plot}
    images = [
        f'<img alt="{plotted[name].what}" src="{folder}/{name}.svg" width="49%">' for name in BEST if name in plotted
    ]
    judged = _judged(found)
    met = sum(bool(figure.met) for figure in judged)
    last = max(found, key=lambda each: each.measured_on)
    return (
        "\n".join(["<p>", *images, "</p>"]) + f"\n\n{met} of {len(judged)} goals are met. Each goal, met or missed, "
        f"and the raw figures: [{folder}/]({folder}/README.md).\n"
        f"Measured on {last.measured_on}: {last.machine}.\n"
    )


def _judged(found: Sequence[Kept]) -> list[Figure]:
    return [figure for each in found for figure in each.figures if figure.goal]


def _read(path: Path) -> Kept:
    record = json.loads(path.read_text())
    figures = [
        Figure(**{**each, "spread": tuple(each["spread"]) if each["spread"] else None}) for each in record["figures"]
    ]
    return Kept(
        record["bench"], record["what"], figures, record["measured_at"][:10], told(record["machine"]),
        path.with_suffix(".svg").exists(),
    )  # fmt: skip
