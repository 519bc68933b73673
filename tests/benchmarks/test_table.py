"""Figures as they are shown."""

import pytest

from benchmarks.bench import Figure
from benchmarks.table import markdown, number, text

FIGURES = [
    Figure("times the textbook", 8.51, "×", "≥ 8", met=True, spread=(8.2, 9.13)),
    Figure("home feed", 21.34, "ms", "≤ 15", met=False, note="3,000 people"),
    Figure("the textbook", 141.0, "/s", "", met=None, spread=(141.0, 141.0)),
]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (3, "3"), (1_234.5, "1,234"), (141.26, "141"), (21.34, "21.3"), (1.049, "1.05"), (0.0432, "0.043")],
)
def test_three_digits_count(value: float, shown: str) -> None:
    assert number(value) == shown


def test_in_the_terminal() -> None:
    assert text(FIGURES, coloured=False).splitlines() == [
        "                    measured  least to most  goal",
        "times the textbook     8.51×   8.20 to 9.13   ≥ 8  met",
        "home feed            21.3 ms                 ≤ 15  missed",
        "    3,000 people",
        "the textbook           141/s",
    ]


def test_colours_are_for_terminals() -> None:
    lines = text(FIGURES, coloured=True).splitlines()
    assert [line.endswith("\x1b[0m") for line in lines] == [False, True, True, False, False]


def test_in_markdown() -> None:
    assert markdown(FIGURES).splitlines() == [
        "| | measured | least to most | goal | |",
        "|---|--:|--:|--:|---|",
        "| times the textbook | 8.51× | 8.20 to 9.13 | ≥ 8 | met |",
        "| home feed | 21.3 ms |  | ≤ 15 | **missed**; 3,000 people |",
        "| the textbook | 141/s |  |  |  |",
    ]
    assert "3,000 people" not in markdown(FIGURES, notes=False)
