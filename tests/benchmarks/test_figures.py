"""Goals of the benches over HTTP are held against the right figures."""

from typing import Any

from benchmarks.bench import Figure
from benchmarks.http import activities, cpu, idle
from benchmarks.http.sides import AS_IT_COMES, FLOOR, KEPT, OURS


def named(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


def run(ms: float) -> dict[str, Any]:
    return {"total_ms": ms, "ms": {"web": ms}, "memory_mb": {"web": 100.0}}


def test_processor_time_is_compared_turn_by_turn_and_at_the_load_of_the_goal() -> None:
    ms = {
        cpu.HALF: {OURS: (2.0, 1.0, 2.0), KEPT: (12.0, 12.0, 14.0)},
        cpu.FULL: {OURS: (1.5, 1.5, 1.5), FLOOR: (1.0, 1.5, 1.2)},
        cpu.EQUAL: {OURS: (7.0, 6.0, 9.0), KEPT: (12.0, 12.0, 12.0), AS_IT_COMES: (29.0, 29.0, 29.0)},
    }
    runs = {load: {name: [run(each) for each in turns] for name, turns in sides.items()} for load, sides in ms.items()}
    found = named(cpu._figures(runs))
    times = found["textbook (connections kept) ÷ ours, processor time per like"]
    assert (times.value, times.spread, times.met) == (7.0, (6.0, 12.0), True)
    floor = found["ours ÷ floor, processor time per like"]
    assert (floor.value, floor.met) == (1.25, False)
    equal = found["socialapp: processor time per like at 50/s"]
    assert (equal.value, equal.goal, equal.met) == (7.0, "≤ 6.5", False)


def test_an_activity_is_held_against_the_like_of_its_own_turn() -> None:
    found = named(activities._figures({"like": [1.0, 2.0, 4.0], "comment": [3.0, 4.0, 8.0], "post": [2.5, 2.5, 2.5]}))
    assert (found["comment ÷ like, processor time"].value, found["comment ÷ like, processor time"].met) == (2.0, True)
    assert found["post ÷ like, processor time"].spread == (0.625, 2.5)
    assert "like ÷ like, processor time" not in found


def test_what_is_used_while_idle_is_the_sum_of_all_processes() -> None:
    figure = idle._figure("idle", "MB", 500, [{"web": 100.0, "beat": 90.0}, {"web": 200.0, "beat": 90.0}])
    assert (figure.value, figure.spread, figure.met) == (240.0, (190.0, 290.0), True)
