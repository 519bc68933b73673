"""Percentiles by nearest rank: each is a value that was really measured."""

import math
from collections.abc import Iterable, Sequence
from statistics import median


def percentile(values: Iterable[float], percent: float) -> float:
    """The least value that so many percent of all do not exceed. Raises ValueError when there are none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("There are no values.")
    # Rounded first: 0.29 * 100 is a little more than 29.
    rank = math.ceil(round(len(ordered) * percent / 100, 6))
    return ordered[max(rank, 1) - 1]


def middle(values: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """The median, with the least and the most."""
    return median(values), (min(values), max(values))
