"""How plots look: the product's own colours (socialapp/http/static/socialapp/css/tokens.css), labels where the data is."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmarks.bench import Plotted

SURFACE, SUNKEN, INK, SOFT, LINE, STRONG = "#fffefb", "#efece4", "#1c2420", "#57605a", "#e4e0d6", "#868d86"
ACCENT, MINT, RED, ORANGE = "#0d6857", "#6ad6b6", "#b92b49", "#d9482b"
PARTS = {"web": ACCENT, "worker": MINT, "postgres": "#f3d48a", "redis": ORANGE, "other": STRONG}
STYLE = {
    "figure.facecolor": SURFACE, "axes.facecolor": SURFACE, "savefig.facecolor": SURFACE,
    "font.family": ["DejaVu Sans"], "font.size": 10, "text.color": INK, "axes.labelcolor": SOFT,
    "axes.edgecolor": LINE, "xtick.color": SOFT, "ytick.color": SOFT, "axes.titlesize": 12, "axes.titleweight": "bold",
    "axes.titlelocation": "left", "axes.titlepad": 14, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": False, "grid.color": LINE, "lines.linewidth": 2, "svg.hashsalt": "socialapp",
}  # fmt: skip


def drawn(bench: Plotted, raw: dict[str, Any], *, kind: str = "svg") -> bytes:
    """A picture of a bench's raw figures."""
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(8, 4.2), layout="constrained")
        drawing.get_layout_engine().set(w_pad=0.15, h_pad=0.15)  # type: ignore[union-attr]
        bench.plot(drawing.subplots(), raw)
        to = BytesIO()
        drawing.savefig(to, format=kind, dpi=120, metadata={"Date": None} if kind == "svg" else None)
    return to.getvalue()


def colour_of(name: str) -> str:
    """The product stands out; what it is compared with is quiet; what is synchronous warns."""
    if name.startswith("socialapp") or name == "p50":
        return ACCENT
    return RED if name.startswith("synchronous") else STRONG


def bars(
    axes: Axes, values: Mapping[str, float], spreads: Mapping[str, Sequence[float]], label: str, goal: float | None = None
) -> None:
    """One under the other, each with its value at its end and its spread as a thin line."""
    names = list(values)
    for row, name in enumerate(names):
        axes.barh(row, values[name], height=0.55, color=colour_of(name))
        least, most = spreads.get(name, (values[name], values[name]))
        axes.plot([least, most], [row, row], color=INK, linewidth=1.2, solid_capstyle="butt")
        text = label.format(values[name])
        axes.annotate(text, (most, row), xytext=(7, 0), textcoords="offset points", va="center", weight="bold")
    _rows(axes, names)
    axes.set_xlim(0, 1.18 * max(max(spreads.get(name, [0])) for name in names))
    if goal is not None:
        axes.axvline(goal, color=SOFT, linewidth=1, linestyle=(0, (4, 3)))


def stacked(axes: Axes, rows: Mapping[str, Mapping[str, float]], label: str) -> None:
    """Bars of parts, each part named above the first row that is wide enough, and the sum at the end."""
    names = list(rows)
    widest = max(sum(parts.values()) for parts in rows.values())
    for row, name in enumerate(names):
        left = 0.0
        for part, value in rows[name].items():
            axes.barh(row, value, left=left, height=0.55, color=PARTS[part])
            left += value
        text = label.format(left)
        axes.annotate(text, (left, row), xytext=(7, 0), textcoords="offset points", va="center", weight="bold")
    handles = [mpl.patches.Patch(color=PARTS[part], label=part) for part in next(iter(rows.values()))]
    axes.legend(handles=handles, loc="lower right", frameon=False, ncols=1, labelcolor=SOFT)
    _rows(axes, names)
    axes.set_xlim(0, 1.15 * widest)


def lines(axes: Axes, series: Mapping[str, tuple[Sequence[float], Sequence[float]]], label: str) -> None:
    """Each named at its end."""
    for name, (x, y) in series.items():
        axes.plot(x, y, color=colour_of(name), marker="o", markersize=5, markeredgecolor=SURFACE)
        axes.annotate(
            f"{name}, {label.format(y[-1])}", (x[-1], y[-1]), xytext=(8, 0), textcoords="offset points", va="center",
            color=colour_of(name), weight="bold", annotation_clip=False,
        )  # fmt: skip
    axes.grid(visible=True, which="major")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))


def curves(axes: Axes, percentiles: Sequence[float], series: Mapping[str, Sequence[float]]) -> None:
    """Milliseconds by percentile; the scale is of what is above, so that the tail is seen."""
    shown = [50, 90, 99, 99.9]
    at = [100 / max(100 - percent, 0.05) for percent in percentiles]
    for name, values in series.items():
        axes.plot(at, values, color=colour_of(name), linestyle="--" if "half" in name else "-")
        axes.annotate(name, (at[-1], values[-1]), color=colour_of(name), annotation_clip=False)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(FixedLocator([100 / (100 - percent) for percent in shown]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"p{percent:g}" for percent in shown])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.set_ylabel("ms")
    axes.grid(visible=True, which="major")


def _rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), labels=list(names))
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.invert_yaxis()
    axes.spines["bottom"].set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.set_xticks([])
