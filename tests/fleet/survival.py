"""What must be so whatever happens: all that people did is accepted in the end, is there once, and notifies once."""

import json
import time
from collections.abc import Callable

from tests.fleet.client import Reaction
from tests.fleet.events import CALM_S
from tests.fleet.fleet import Fleet
from tests.fleet.ledger import TO_INBOX, accepted, compare
from tests.fleet.network import wait_until
from tests.fleet.table import LINES, Line


class Survives:
    """Of one fleet, with all reactions to it so far."""

    def __init__(self, hosts: Fleet) -> None:
        self.hosts = hosts
        self.reactions: list[Reaction] = []

    def __call__(self, event: str, happen: Callable[[Fleet], object]) -> None:
        """It happens while people react."""
        database = self.hosts.database
        since = database.ask("SELECT extract(epoch FROM clock_timestamp())")
        with self.hosts.load() as load:
            try:
                time.sleep(CALM_S)
                happen(self.hosts)
                time.sleep(CALM_S)
            finally:
                self.reactions.extend(reactions := load.end())
        wait_until(lambda: database.ask("SELECT count(*) FROM messaging_outbox") == 0, "no message waits")
        found = compare(accepted(self.reactions), database)
        to_inbox = [seconds for (seconds,) in database.rows(TO_INBOX.format(since=since))]
        LINES.append(Line(event, reactions, found.lost, found.doubled, to_inbox))
        assert [each for each in reactions if each.wait is None] == []
        assert [each for each in reactions if each.has_page and each.shown is None] == []
        assert (found.lost, found.doubled) == (0, 0), found.examples
        audit = self.hosts.manage("audit", "--json")
        assert audit.returncode == 0, audit.stdout + audit.stderr
        findings = json.loads(audit.stdout)
        assert (findings["missing"], findings["double"]) == (0, 0)
