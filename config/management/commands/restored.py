"""manage.py restored: run once after the database was restored from a backup, before anything else starts."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from notifications.models import Era

# More than were given out between the backup and its loss.
AHEAD = 1_000_000

_MOVE = """
SELECT count(setval(format('%%I.%%I', schemaname, sequencename)::regclass,
                    least(coalesce(last_value, start_value) + %s, max_value - 1)))
FROM pg_sequences WHERE schemaname = current_schema()
"""


class Command(BaseCommand):
    """What happened after the backup is lost, but others know its numbers: from links, mails, webhooks."""

    help = "After a restore: numbers given out since the backup are not given out again; ids are of a new era."

    @transaction.atomic
    def handle(self, **_options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, [AHEAD])
            (count,) = cursor.fetchone()
        self.stdout.write(f"{count} sequences are {AHEAD:,} further on; the era is {Era.renew()}.")
