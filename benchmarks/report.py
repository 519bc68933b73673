"""What is kept of a run: for each bench its raw figures and its plot; and the pages that show them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench, Figure, Plotted, Result
from benchmarks.machine import machine, told
from benchmarks.table import cells, markdown

BEGIN, END = "<!-- bin/bench writes from here -->", "<!-- bin/bench writes to here -->"

Found = tuple[str, str]  # a bench and its figure, by their names


@dataclass(frozen=True)
class Line:
    """Of the README's table: what users ask, and the figures that answer it, of the product and of others."""

    question: str
    ours: tuple[Found, ...]
    others: tuple[tuple[str, Found], ...] = ()
    peers: str = ""  # measured once, each with its own code on two cores as here


LINES = (
    Line("likes a second, accepted and delivered, for a minute",
         (("throughput", "reactions/s, accepted and delivered, for a minute"),),
         (("textbook", ("throughput", "the same, textbook with connections kept")),)),
    Line("processor time per like, all processes, at 50 a second",
         (("cpu", "socialapp: processor time per like at 50/s"),),
         (("textbook", ("cpu", "textbook, connections kept: processor time per like at 50/s")),
          ("with new connections", ("cpu", "textbook, as it comes: processor time per like at 50/s"))),
         "BookWyrm 43 ms, Takahē 46 ms"),
    Line("from accepted to the inbox, at 100 a second: p50; p99",
         (("latency", "socialapp, 100/s: p50"), ("latency", "socialapp, 100/s: p99")),
         (("textbook", ("latency", "textbook, connections kept, 100/s: p50")),
          ("", ("latency", "textbook, connections kept, 100/s: p99")))),
    Line("answer of the API, p99, while each push and webhook takes 2 s",
         (("channel", "API p99, channel takes 2 s"),),
         (("notifying in the request", ("channel", "synchronous, service takes 2,000 ms: API p99")),)),
    Line("answer of the API, p99, while the broker is well; frozen",
         (("broker", "API p99, broker well"), ("broker", "API p99, broker frozen"))),
    Line("backlog that one worker process delivers: to many; of one viral post",
         (("drain", "drain spread over 20,000 recipients, one worker process"),
          ("drain", "drain of one viral post, one worker process"))),
    Line("while nothing happens, all of `bin/up`: processor; memory",
         (("idle", "idle: processor, all of bin/up"), ("idle", "idle: memory (PSS), all of bin/up"))),
    Line("reactions of a real network, replayed; lost or doubled",
         (("replay", "replay: accepted and delivered"), ("replay", "replay: missing or double"))),
)  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """A bench as it was measured once, here or on another day."""

    name: str
    what: str
    figures: list[Figure]
    measured_on: str  # a date
    took_s: float
    machine: str
    has_plot: bool


def keep(folder: Path, bench: Bench, result: Result, rounds: int, took_s: float) -> None:
    """Write NAME.json and, when it can be drawn, NAME.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    record: dict[str, Any] = {
        "bench": bench.name, "what": bench.what, "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "took_s": round(took_s), "machine": machine(), "rounds": rounds,
        "figures": [asdict(figure) for figure in result.figures], "raw": result.raw,
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
        parts.append(f"## {each.name}: {each.what}\n\n{_measured(each)}\n")
        if each.has_plot:
            parts.append(f"![{each.what}]({each.name}.svg)\n")
        parts.append(f"{markdown(each.figures)}\n\nRaw: [{each.name}.json]({each.name}.json)\n")
    parts.append("Where the time of a like goes, as flame graphs: [flames.md](flames.md).\n")
    return "\n".join(parts) + f"\n{END}\n"


def summary(found: Sequence[Kept], folder: str) -> str:
    """For the README: a line for each thing that users ask, and how many goals are met."""
    if not found:
        return ""
    shown = {(each.name, figure.name): cells(figure)[1] for each in found for figure in each.figures}
    rows = [f"| {line.question} | {_ours(line, shown)} | {_others(line, shown)} |" for line in LINES]
    judged = _judged(found)
    met = sum(bool(figure.met) for figure in judged)
    last = max(found, key=lambda each: each.measured_on)
    table = "\n".join(["| | socialapp | others |", "|---|--:|---|", *rows])
    return (
        f"{table}\n\n{met} of {len(judged)} goals are met. Each goal, met or missed, the plots, how each was measured, "
        f"and the raw figures: [{folder}/]({folder}/README.md).\n"
        f"Measured on {last.measured_on}: {last.machine}.\n"
    )


def _measured(each: Kept) -> str:
    minutes = f" `bin/bench {each.name}` took {each.took_s / 60:.1f} minutes." if each.took_s else ""
    return f"Measured on {each.measured_on}: {each.machine}.{minutes}"


def _ours(line: Line, shown: Mapping[Found, str]) -> str:
    return "; ".join(shown.get(each, "?") for each in line.ours)


def _others(line: Line, shown: Mapping[Found, str]) -> str:
    measured = [f"{name} {shown[each]}".strip() for name, each in line.others if each in shown]
    return ", ".join([*measured, line.peers] if line.peers else measured)


def _judged(found: Sequence[Kept]) -> list[Figure]:
    return [figure for each in found for figure in each.figures if figure.goal]


def _read(path: Path) -> Kept:
    record = json.loads(path.read_text())
    figures = [
        Figure(**{**each, "spread": tuple(each["spread"]) if each["spread"] else None}) for each in record["figures"]
    ]
    return Kept(
        record["bench"], record["what"], figures, record["measured_at"][:10], record.get("took_s", 0),
        told(record["machine"]), path.with_suffix(".svg").exists(),
    )  # fmt: skip
