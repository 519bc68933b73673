"""The two statements of a like, planned once by each connection and then only executed."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from reactions import sql
from socialapp.messaging.messages import ActivityKind

# Leaner than the product's look-up, which makes a person and a token of what it reads.
WHO = """
SELECT person.id FROM users_token AS token JOIN users_person AS person ON person.id = token.person_id
WHERE token.digest = $1 AND person.suspended_at IS NULL AND person.deleted_at IS NULL
"""
LIKE = sql.add("reactions_like", ActivityKind.LIKE) % {
    "posts": "ARRAY[$1]",
    "people": "ARRAY[$2]",
    "digests": "ARRAY[NULL]",
    "requests": "ARRAY['0123456789abcdef']",
}


@receiver(connection_created)
def prepare(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """With one plan for all values."""
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE who (text) AS {WHO}")
        cursor.execute(f"PREPARE liked (bigint, bigint) AS {LIKE}")


EXECUTE_WHO = "EXECUTE who (%s)"
EXECUTE_LIKE = "EXECUTE liked (%s, %s)"
