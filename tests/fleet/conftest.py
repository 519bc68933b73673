"""One fleet for all tests: to start it costs more than what happens to it. The table is shown when all has happened."""

import shutil
from collections.abc import Iterator

import pytest

from tests.fleet.fleet import Fleet, fleet
from tests.fleet.survival import Survives
from tests.fleet.table import HEAD, LINES
from tests.product import new_folder


@pytest.fixture(scope="session")
def hosts() -> Iterator[Fleet]:
    """Healthy, with people."""
    folder = new_folder()  # not pytest's: each start of a pytest shuts those of all to other users, as PostgreSQL is
    try:
        with fleet(folder) as found:
            yield found
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def survives(hosts: Fleet) -> Survives:
    """Whether it does what happens to it."""
    return Survives(hosts)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if LINES:
        terminalreporter.section("what a fleet lost")
        for line in [HEAD, *LINES]:
            terminalreporter.write_line(str(line))
