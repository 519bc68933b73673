"""manage.py audit: is what every inbox holds what it must hold?"""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notifications.history.audit import audit, examples
from socialapp import database

MEANING = {
    "accepted": "reactions and follows that stand and that somebody must hear of",
    "delivered": "of these, in an inbox",
    "suppressed": "not in the inbox, because its owner muted, blocked or does not want it",
    "pending": "messages wait; workers will get there",
    "set_aside": "the handler kept failing; see Messages in the admin",
    "missing": "lost: in no inbox, and no message of it waits",
    "double": "in an inbox more than once",
    "uncaused": "in an inbox without an activity",
    "miscounted": "groups whose number is not that of their people",
    "sent": "sent to an endpoint (mail, push, webhook), by activity and endpoint",
    "suppressed_reason": "not sent to an endpoint, because it was no longer wanted",
    "dead": "dead letters: see manage.py redeliver",
    "waiting": "on their way to an endpoint",
    "unplanned": "lost on the way to an endpoint: no delivery tells of them",
    "planned_twice": "in more than one delivery to one endpoint",
    "shared_ids": "ids under which two different mails were sent",
}


class Command(BaseCommand):
    help = "Recomputes from the truth what every inbox must hold. Exits 1 when anything is lost, doubled or made up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        database.go_direct()
        findings = audit()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(findings)))
        else:
            for name, number in asdict(findings).items():
                self.stdout.write(f"{name.replace('_', ' '):>13} {number:>12,}  {MEANING[name]}")
        if not findings.is_well:
            can_be_named = findings.missing or findings.double or findings.uncaused
            named = examples() if can_be_named else []
            raise CommandError("\n  ".join(["The inboxes are not what they must be.", *named]), returncode=1)
