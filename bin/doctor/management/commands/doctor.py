"""manage.py doctor: tries everything that a site needs, and says what to do."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from bin.doctor import database, machine, outside
from bin.doctor.findings import Check, Finding, State, find

# Without the first of these the others cannot be done.
GROUPS: list[dict[str, Check]] = [
    database.CHECKS,
    {name: machine.CHECKS[name] for name in ("broker", "workers", "beat")},
    {name: check for name, check in machine.CHECKS.items() if name not in {"broker", "workers", "beat"}},
    outside.CHECKS,
]


class Command(BaseCommand):
    help = "Tries database, broker, workers, storage, proxy, mail and so on. Exits 1 when anything is wrong."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON array")
        parser.add_argument("--mail-to", metavar="ADDRESS", help="send a mail, too")

    def handle(self, *_args: Any, **options: Any) -> None:
        findings = []
        for finding in examine(options["mail_to"]):
            findings.append(finding)
            if not options["json"]:
                self.stdout.write(f"{finding.state:>7}  {finding.subject}: {finding.text}")
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings]))
        if any(finding.state == State.WRONG for finding in findings):
            raise SystemExit(1)


def examine(mail_to: str | None = None) -> Iterator[Finding]:
    """Yield what each check finds, as it is done."""
    for number, group in enumerate(GROUPS):
        first, *others = group
        finding = find(first, group[first])
        yield finding
        if number < 2 and finding.state == State.WRONG:
            yield from (Finding(name, State.WARNING, f"not tried without {first}") for name in others)
            continue
        yield from (find(name, group[name]) for name in others)
    if mail_to:
        yield find("mail: sent", partial(outside.send_mail, mail_to))
