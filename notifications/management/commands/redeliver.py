"""manage.py redeliver: dead letters, once more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from notifications.channels import channels
from notifications.deliveries.redelivery import dead_letters, redeliver
from notifications.models import Reason


class Command(BaseCommand):
    help = "Counts dead letters that fit; with --send, sends them again, under the same ids."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--channel", choices=list(channels()))
        parser.add_argument("--kind")
        parser.add_argument("--reason", choices=Reason.values, metavar="CODE", help="also what they were given up for")
        parser.add_argument("--recipient", help="a username")
        parser.add_argument("--since", help="when it ended: 2026-11-24T10:00 (UTC)")
        parser.add_argument("--until")
        parser.add_argument("--send", action="store_true", help="do it; otherwise they are only counted")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = dead_letters(
            name=options["channel"],
            kind=options["kind"],
            reason=options["reason"],
            recipient=options["recipient"],
            since=_time(options["since"]),
            until=_time(options["until"]),
        )
        if options["send"]:
            self.stdout.write(f"{redeliver(found):,} dead letters are sent again.")
        else:
            self.stdout.write(f"{found.count():,} dead letters fit. Add --send to send them again.")


def _time(text: str | None) -> Any:
    if text is None:
        return None
    try:
        time = parse_datetime(text)
    except ValueError:
        time = None
    if time is None:
        raise CommandError(f"{text} is not a time like 2026-11-24T10:00.")
    return make_aware(time) if is_naive(time) else time
