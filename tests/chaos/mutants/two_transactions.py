"""Effect and end of a message in two transactions: it is taken from the outbox, and then acted on.

The other way round, first the effect and then the end, is not seen from outside: what is acted on again finds the
unique keys.
"""

from tests.chaos.stowaway.hooks import replace


def apply() -> None:
    replace("socialapp.messaging.drain", "_drain_batch", lambda _: _drain_batch)


def _drain_batch() -> tuple[bool, int]:
    from django.db import transaction

    from socialapp.messaging import drain
    from socialapp.messaging.models import OutboxMessage

    with transaction.atomic():
        _, held, rows = drain._claim()
        OutboxMessage.objects.filter(pk__in=[row[0] for row in rows]).delete()
    with transaction.atomic():
        return bool(held), drain._handle(rows) if rows else 0
