"""manage.py restored: run once after the database was restored from a backup, before anything else starts."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from notifications.models import Era

# More than were given out between the backup and its loss: of a number of 8 bytes a month of 300 a second; of one of
# 4 bytes, which few rows have, so many that it can be restored 2,000 times.
AHEAD, AHEAD_OF_4_BYTES = 1_000_000_000, 1_000_000

MOVE = f"""
SELECT count(setval(format('%I.%I', schemaname, sequencename)::regclass, least(max_value - 1,
  coalesce(last_value, start_value) + CASE data_type WHEN 'bigint'::regtype THEN {AHEAD} ELSE {AHEAD_OF_4_BYTES} END)))
FROM pg_sequences WHERE schemaname = current_schema()
"""


class Command(BaseCommand):
    """What happened after the backup is lost, but others know its numbers: from links, mails, webhooks."""

    help = "After a restore: numbers given out since the backup are not given out again; ids are of a new era."

    @transaction.atomic
    def handle(self, **_options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(MOVE)
            (count,) = cursor.fetchone()
        self.stdout.write(f"{count} sequences are {AHEAD:,} further on or as far as they go; the era is {Era.renew()}.")
