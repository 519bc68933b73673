"""How plots look: in the colours of the product (its tokens.css), with labels where the data is."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from math import log10
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from benchmarks.bench import Plotted

SURFACE, SUNKEN, INK, SOFT, LINE, STRONG = "#fffefb", "#efece4", "#1c2420", "#57605a", "#e4e0d6", "#868d86"
ACCENT, MINT, RED, ORANGE = "#0d6857", "#6ad6b6", "#b92b49", "#d9482b"
PARTS = {"web": ACCENT, "worker": MINT, "postgres": "#f3d48a", "redis": ORANGE, "other": STRONG}
APART = 0.16  # of a decade: two names closer than that would cover each other
STYLE: dict[Any, Any] = {
    "figure.facecolor": SURFACE, "axes.facecolor": SURFACE, "savefig.facecolor": SURFACE,
    "font.family": ["DejaVu Sans"], "font.size": 10, "text.color": INK, "axes.labelcolor": SOFT,
    "axes.edgecolor": LINE, "xtick.color": SOFT, "ytick.color": SOFT, "xtick.labelsize": 9,
    "ytick.labelsize": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": False,
    "grid.color": LINE, "lines.linewidth": 2, "svg.hashsalt": "socialapp",
}  # fmt: skip


def drawn(bench: Plotted, raw: dict[str, Any], *, kind: str = "svg") -> bytes:
    """A picture of a bench's raw figures."""
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(8, 4), layout=ConstrainedLayoutEngine(w_pad=0.2, h_pad=0.2))
        axes = drawing.subplots()
        bench.plot(axes, raw)
        # At the edge of the picture, not of the axes; bold of the style does not reach here.
        drawing.suptitle(axes.get_title(), x=0.025, ha="left", fontsize=12.5, weight="bold")
        axes.set_title("")
        to = BytesIO()
        drawing.savefig(to, format=kind, dpi=120, metadata={"Date": None} if kind == "svg" else None)
    return to.getvalue()


def colour_of(name: str) -> str:
    """The product stands out; what it is compared with is quiet; what is synchronous warns."""
    if name.startswith("textbook") or name in {"floor", "p99"}:
        return STRONG
    return RED if name.startswith("synchronous") else ACCENT


def spelled(ms: float) -> str:
    """A time with the unit that suits it."""
    if ms >= 1_000:
        return f"{ms / 1_000:,.{0 if ms >= 10_000 or ms % 1_000 == 0 else 1}f} s"
    return f"{ms:.{0 if ms >= 100 or ms == round(ms) else 1}f} ms"


def bars(
    axes: Axes,
    values: Mapping[str, tuple[float, Sequence[float]]],
    label: Callable[[float], str],
    goal: tuple[float, str] | None = None,
) -> None:
    """One under the other, each with its value at its end and its spread as a thin line; the goal is dashed."""
    for row, (name, (value, (least, most))) in enumerate(values.items()):
        axes.barh(row, value, height=0.5, color=colour_of(name))
        axes.plot([least, most], [row, row], color=INK, linewidth=1.2, solid_capstyle="butt")
        _at_end(axes, label(value), max(value, most), row)
    _rows(axes, list(values))
    ends = [max(value, most) for value, (_, most) in values.values()]
    axes.set_xlim(0, 1.18 * max(*ends, goal[0] if goal else 0))
    if goal:
        axes.axvline(goal[0], color=SOFT, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        axes.annotate(
            goal[1], (goal[0], 1), xycoords=("data", "axes fraction"), xytext=(5, -4), textcoords="offset points",
            color=SOFT, va="top",
        )  # fmt: skip


def stacked(axes: Axes, rows: Mapping[str, Mapping[str, float]], label: Callable[[float], str]) -> None:
    """Bars of parts, with the sum at their end."""
    for row, parts in enumerate(rows.values()):
        left = 0.0
        for part, value in parts.items():
            axes.barh(row, value, left=left, height=0.5, color=PARTS[part])
            left += value
        _at_end(axes, label(left), left, row)
    handles = [Patch(color=PARTS[part], label=part) for part in next(iter(rows.values()))]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.01, 0.98), ncols=len(handles), frameon=False,
        labelcolor=SOFT, handlelength=0.9, handleheight=0.9, columnspacing=1.4,
    )  # fmt: skip
    _rows(axes, list(rows))
    axes.set_xlim(0, 1.15 * max(sum(parts.values()) for parts in rows.values()))


def lines(
    axes: Axes, series: Mapping[str, tuple[Sequence[float], Sequence[float]]], x_label: Callable[[float], str]
) -> None:
    """Milliseconds over something, both in decades; each line is named at its end."""
    axes.set_xscale("log")
    _named(axes, {name: (x[-1], y[-1]) for name, (x, y) in series.items()}, with_value=True)
    for name, (x, y) in series.items():
        axes.plot(x, y, color=colour_of(name), marker="o", markersize=6, markeredgecolor=SURFACE)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: x_label(value)))
    axes.xaxis.set_minor_locator(NullLocator())


def curves(axes: Axes, percentiles: Sequence[float], series: Mapping[str, Sequence[float]]) -> None:
    """Milliseconds by percentile; the scale is of what is above a percentile, so that the tail is seen."""
    shown = [50, 90, 99, 99.9]
    pairs = [(n, 100 / (100 - percent)) for n, percent in enumerate(percentiles) if percent < 100]
    at = [x for _, x in pairs]
    axes.set_xscale("log")
    for name, values in series.items():
        dashes = "--" if "half" in name else "-"
        axes.plot(at, [values[n] for n, _ in pairs], color=colour_of(name), linestyle=dashes)
    _named(axes, {name: (at[-1], values[pairs[-1][0]]) for name, values in series.items()}, with_value=False)
    axes.xaxis.set_major_locator(FixedLocator([100 / (100 - percent) for percent in shown]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"p{percent:g}" for percent in shown])


def _named(axes: Axes, ends: Mapping[str, tuple[float, float]], *, with_value: bool) -> None:
    """A name at the end of each line, moved apart where they would cover each other; y is in ms, by decades."""
    axes.set_yscale("log")
    axes.grid(visible=True, which="major")
    axes.tick_params(length=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: spelled(value)))
    axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    axes.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: spelled(value)))
    below = float("-inf")
    for name, (x, y) in sorted(ends.items(), key=lambda end: end[1][1]):
        text = f"{name}\n{spelled(y)}" if with_value else name.replace(", ", "\n", 1)
        up = max(log10(y), below + APART)
        below = up
        axes.annotate(
            text, (x, 10**up), xytext=(9, 0), textcoords="offset points", va="center", color=colour_of(name),
            weight="bold", annotation_clip=False, linespacing=1.25,
        )  # fmt: skip


def _at_end(axes: Axes, text: str, x: float, row: int) -> None:
    """On a ground of its own, so that a goal's line does not go through it."""
    ground = {"facecolor": SURFACE, "edgecolor": "none", "pad": 1.5}
    axes.annotate(text, (x, row), xytext=(7, 0), textcoords="offset points", va="center", weight="bold", bbox=ground)


def _rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), labels=[name.replace(", ", ",\n", 1) for name in names])
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    middle = (len(names) - 1) / 2
    reach = max(len(names), 3) / 2
    axes.set_ylim(middle + reach, middle - reach)
    axes.spines["bottom"].set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.set_xticks([])
