"""Nearest rank: whatever is told was really measured."""

import pytest

from benchmarks.percentiles import middle, percentile


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1), (1, 1), (1.5, 2), (50, 50), (99, 99), (99.1, 100), (100, 100), (29, 29)]
)
def test_of_a_hundred(percent: float, expected: int) -> None:
    assert percentile(reversed(range(1, 101)), percent) == expected


def test_of_a_few() -> None:
    assert percentile([7], 99) == 7
    assert percentile([3, 1, 2], 50) == 2
    assert percentile([1, 2], 99) == 2


def test_of_none() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_the_middle_has_its_spread() -> None:
    assert middle([3.0, 1.0, 2.0]) == (2.0, (1.0, 3.0))
    assert middle([4.0, 2.0]) == (3.0, (2.0, 4.0))
