"""Figures as people read them: in the terminal and in Markdown."""

import sys
from collections.abc import Sequence

from benchmarks.bench import Figure

HEADS = ("", "measured", "least to most", "goal", "")
GREEN, RED, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"


def number(value: float) -> str:
    """Three digits that count, or all before the point."""
    size = abs(value)
    if size == round(size) and size < 1_000_000:
        return f"{value:,.0f}"
    return f"{value:,.{0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3}f}"


def cells(figure: Figure) -> tuple[str, str, str, str, str]:
    """Name, measured, spread, goal, met or missed."""
    spread = " to ".join(map(number, figure.spread)) if figure.spread and figure.spread[0] != figure.spread[1] else ""
    word = {True: "met", False: "missed", None: ""}[figure.met]
    unit = figure.unit if figure.unit in {"", "×", "/s"} else f" {figure.unit}"
    return figure.name, f"{number(figure.value)}{unit}", spread, figure.goal, word


def text(figures: Sequence[Figure], *, coloured: bool | None = None) -> str:
    """Columns for a terminal; notes stand in a line below."""
    rows = [cells(figure) for figure in figures]
    widths = [max(len(row[n]) for row in [HEADS, *rows]) for n in range(5)]
    lines = [_line(HEADS, widths)]
    with_colour = sys.stdout.isatty() if coloured is None else coloured
    for figure, row in zip(figures, rows, strict=True):
        line = _line(row, widths)
        if with_colour and figure.met is not None:
            line = line.removesuffix(row[4]) + (GREEN if figure.met else RED) + row[4] + PLAIN
        lines.append(line)
        if figure.note:
            lines.append(f"    {figure.note}")
    return "\n".join(lines)


def markdown(figures: Sequence[Figure], *, notes: bool = True) -> str:
    """A table; without notes the last column is left out."""
    lines = ["| | measured | least to most | goal | |", "|---|--:|--:|--:|---|"]
    for figure in figures:
        name, measured, spread, goal, word = cells(figure)
        mark = f"**{word}**" if word == "missed" else word
        last = "; ".join(part for part in (mark, figure.note if notes else "") if part)
        lines.append(f"| {name} | {measured} | {spread} | {goal} | {last} |")
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    name, measured, spread, goal, word = row
    return f"{name:<{widths[0]}}  {measured:>{widths[1]}}  {spread:>{widths[2]}}  {goal:>{widths[3]}}  {word}".rstrip()
