"""Effect and end of a message in two transactions: it is taken from the outbox, and then acted on.

The other way round, first the effect and then the end, is not seen from outside: what is acted on again finds the
unique keys.
"""

from tests.chaos.injected.hooks import replace


def apply() -> None:
    replace("socialapp.messaging.consumer", "_consume_batch", lambda _: _consume_batch)


def _consume_batch() -> tuple[bool, int]:
    from django.db import transaction

    from socialapp.messaging import consumer
    from socialapp.messaging.models import OutboxMessage

    with transaction.atomic():
        _, held, rows = consumer._claim()
        OutboxMessage.objects.filter(pk__in=[row[0] for row in rows]).delete()
    with transaction.atomic():
        return bool(held), consumer._handle(rows) if rows else 0
