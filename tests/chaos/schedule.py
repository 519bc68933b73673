"""Which fault when: from the seed."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.faults.fault import Fault

CALM_AT_FIRST_S = 4.0
CALM_AT_LAST_S = 2.0
EVERY_S = 3.5  # on average, so that about three are there at once
AT_ONCE = 4


@dataclass(frozen=True)
class Prepared:
    """Seconds since the start; `seed` is for what the fault itself leaves to chance."""

    at_s: float
    lasts_s: float
    fault: Fault
    seed: int


def schedule(seed: int, seconds: float, faults: Sequence[Fault]) -> list[Prepared]:
    """The same for the same seed. Families in turn, and in each its faults in turn, all in an order of the seed's."""
    dice = random.Random(f"{seed} schedule")
    deck = _Deck(faults, dice)
    found: list[Prepared] = []
    at_s = CALM_AT_FIRST_S + dice.uniform(0, 2)
    while at_s < seconds - CALM_AT_LAST_S:
        here = [other for other in found if other.at_s + other.lasts_s > at_s]
        if len(here) < AT_ONCE and (fault := deck.draw({other.fault.touches for other in here})):
            lasts_s = min(dice.uniform(*fault.lasts_s), seconds - CALM_AT_LAST_S - at_s)
            found.append(Prepared(round(at_s, 2), round(lasts_s, 2), fault, dice.randrange(2**32)))
        at_s += dice.expovariate(1 / EVERY_S)
    return found


class _Deck:
    """Drawn from without repeating until all were drawn."""

    def __init__(self, faults: Sequence[Fault], dice: random.Random) -> None:
        self.dice = dice
        self.all: defaultdict[str, list[Fault]] = defaultdict(list)
        for fault in faults:
            self.all[fault.family].append(fault)
        self.families: list[str] = []
        self.left: dict[str, list[Fault]] = {}

    def draw(self, touched: set[str]) -> Fault | None:
        """One that touches nothing of that; None when the next family has none."""
        if not self.families:
            self.families = self.dice.sample(sorted(self.all), len(self.all))
        family = self.families.pop()
        left = self.left.setdefault(family, [])
        if not left:
            left.extend(self.dice.sample(self.all[family], len(self.all[family])))
        free = next((fault for fault in left if fault.touches not in touched), None)
        if free:
            left.remove(free)
        return free
