"""A minute of harm, from a fixed seed: what was accepted is neither lost nor doubled, and nothing was made up."""

import subprocess
import sys
from pathlib import Path

import pytest

from config.env import CHECKOUT
from tests.chaos.faults import FAULTS
from tests.chaos.faults.fault import Fault
from tests.chaos.schedule import AT_ONCE, schedule

SEED = 5
# Of each family what tells most; none that needs root or the history of git, none that takes long to end.
TELLING = [
    *("kill-worker", "kill-one-worker", "kill-worker-outside", "kill-web-child", "kill-postgres"),
    *("hang-worker", "hang-redis"),
    *("redis-flush", "redis-full", "postgres-slots", "webhook-late", "push-fails", "email-resets"),
    *("cut-worker-postgres", "deaf-web-postgres", "deaf-client-web", "hole-worker-redis", "slow-worker-postgres"),
    *("crash-web-commit", "crash-ring-publish", "crash-worker-effect", "crash-worker-commit", "crash-send-sent"),
]


@pytest.mark.slow
def test_a_minute_of_harm(tmp_path: Path) -> None:
    named = [word for name in TELLING for word in ("--fault", name)]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.chaos", "--minutes", "1", "--seed", str(SEED), *named),
            *("--report", str(tmp_path / "report")),
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_a_seed_plans_the_same_again() -> None:
    faults = list(FAULTS.values())
    assert schedule(7, 300, faults) == schedule(7, 300, faults) != schedule(8, 300, faults)


def test_faults_overlap_but_never_on_the_same_thing() -> None:
    plan = schedule(7, 600, list(FAULTS.values()))
    most = 0
    for planned in plan:
        ends = planned.at_s + planned.lasts_s
        assert ends < 600
        here = [other for other in plan if other.at_s <= planned.at_s < other.at_s + other.lasts_s]
        assert len({other.fault.touches for other in here}) == len(here)
        most = max(most, len(here))
    assert 2 <= most <= AT_ONCE


def test_each_family_has_its_turn() -> None:
    faults = list(FAULTS.values())
    assert {planned.fault.family for planned in schedule(7, 300, faults)} == {fault.family for fault in faults}


def test_each_fault_is_told() -> None:
    text = (CHECKOUT / "docs" / "chaos.md").read_text()
    assert [fault.name for fault in FAULTS.values() if not _is_told(fault, text)] == []


def _is_told(fault: Fault, text: str) -> bool:
    """By its name, or by that of all that differ only in whom they hit."""
    kind, _, whom = fault.name.partition("-")
    return f"`{fault.name}`" in text or f"`{kind}-…`" in text or f"`…-{whom}`" in text
