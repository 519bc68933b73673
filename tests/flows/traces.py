"""Reactions to send to a product, and what became of them."""

import json
import random
import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.replay.trace import VERBS
from config.env import CHECKOUT
from tests.product import Product

SHARED_TRACE = CHECKOUT.parent / "shared" / "data" / "higgs-activity-quiet-days.txt.gz"
EVENTS = 8_000  # half a minute of faults at the rate of test_replay.py
ZERO = {"pending": 0, "set_aside": 0, "missing": 0, "double": 0, "uncaused": 0, "miscounted": 0}


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real trace where it is at hand; elsewhere one of the same shape: few are told much, many a little."""
    if SHARED_TRACE.exists():
        return SHARED_TRACE
    dice = random.Random(7)  # noqa: S311  seeded on purpose
    path = tmp_path_factory.mktemp("trace") / "trace.txt"
    with path.open("w") as file:
        for second in range(EVENTS):
            actor, target = dice.randrange(9_000), int(dice.paretovariate(0.7)) % 9_000
            file.write(f"{actor} {target} {second} {dice.choice(list(VERBS))}\n")
    return path


def accepted_of(output: str) -> int:
    """What the replay says of itself."""
    found = re.search(r"accepted\s+([\d,]+)", output)
    assert found, output
    return int(found[1].replace(",", ""))


def audit_of(product: Product) -> dict[str, int]:
    """The findings, which must be well."""
    done = product.manage("audit", "--json")
    assert done.returncode == 0, done.stderr
    return Counter(json.loads(done.stdout))
