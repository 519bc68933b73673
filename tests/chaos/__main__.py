"""`bin/chaos`: the command line."""

import argparse
import asyncio
import fnmatch
import random
import signal
import sys
from pathlib import Path

from tests.chaos.faults import FAULTS
from tests.chaos.run import Result, Settings, run
from tests.chaos.world import CannotRun

SHOWN = 20


def main() -> int:
    """0: nothing was found. 1: something was. 2: the run itself failed."""
    parser = argparse.ArgumentParser(prog="bin/chaos", description="Does harm to the product, and looks what was lost.")
    parser.add_argument("--minutes", type=float, default=5.0, help="how long things are done to it (5)")
    parser.add_argument("--seed", type=int, help="the same seed plans the same faults and intentions (any)")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME", help="only this one, or a pattern; may be repeated"
    )
    parser.add_argument("--rate", type=float, default=40.0, help="what people do, a second (40)")
    parser.add_argument("--report", type=Path, metavar="DIR", help="record, timeline, logs and findings go there")
    parser.add_argument("--mutant", default="", metavar="NAME", help="spoil the product (tests/chaos/mutants)")
    parser.add_argument("--keep", action="store_true", help="the product's data stay")
    parser.add_argument("--list", action="store_true", help="name all faults")
    chosen = parser.parse_args()
    if chosen.list:
        for fault in FAULTS.values():
            print(f"{fault.name:26} {fault.what}")
        return 0
    if unknown := [pattern for pattern in chosen.fault if not fnmatch.filter(FAULTS, pattern)]:
        parser.error(f"there is no fault {unknown[0]}; --list names them")
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell started it in the background
        signal.signal(number, signal.default_int_handler)
    settings = Settings(
        seed=chosen.seed if chosen.seed is not None else random.randrange(1_000_000),
        seconds=chosen.minutes * 60,
        rate=chosen.rate,
        faults=[name for name in FAULTS if any(fnmatch.fnmatch(name, pattern) for pattern in chosen.fault)],
        mutant=chosen.mutant,
        keep=chosen.keep,
        report=chosen.report,
    )
    try:
        result = asyncio.run(run(settings))
    except CannotRun as error:
        print(f"bin/chaos: seed {settings.seed}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return tell(result)


def tell(result: Result) -> int:
    """What was found, in words."""
    print(result.report)
    for finding in result.findings[:SHOWN]:
        print(f"FOUND  {finding}")
    verdict = f"{len(result.findings)} findings" if result.findings else "nothing lost, doubled or made up"
    print(
        f"seed {result.seed}: {sum(result.done.values())} activities, {result.done.get('accepted', 0)} accepted, "
        f"never none for more than {result.silence_s:.0f} s; settled in {result.settled_s:.0f} s: {verdict}"
    )
    return 1 if result.findings else 0


if __name__ == "__main__":
    sys.exit(main())
