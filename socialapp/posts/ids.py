"""The ids of posts and shares: one space, ordered by time.

Milliseconds since 2026-01-01 in 41 bits, then 12 bits of a sequence. So ids of both kinds are unique together, a feed
is in the order of its ids, and each is exact in JavaScript, whose numbers have 53 bits, until 2095.
"""

from datetime import UTC, datetime

from django.db.models import BigIntegerField, Func

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
SEQUENCE_BITS = 12
LARGEST = 2**53 - 1

# `item_id_at(at)` is the least id of that millisecond: what came later has a larger one.
SQL = f"""
CREATE SEQUENCE item_ids;
CREATE FUNCTION item_id_at(at timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN
    greatest(floor((date_part('epoch', at) - {int(EPOCH.timestamp())}) * 1000)::bigint, 0) << {SEQUENCE_BITS};
CREATE FUNCTION next_item_id(at timestamptz DEFAULT clock_timestamp()) RETURNS bigint LANGUAGE sql VOLATILE RETURN
    item_id_at(at) | (nextval('item_ids') & {2**SEQUENCE_BITS - 1});
"""
UNDO = "DROP FUNCTION next_item_id(timestamptz); DROP FUNCTION item_id_at(timestamptz); DROP SEQUENCE item_ids;"


class NextId(Func):
    """The next id, for something that is made now."""

    function = "next_item_id"
    output_field = BigIntegerField()


def id_at(at: datetime) -> int:
    """The least id that something made at this time or later can have."""
    return max(int((at - EPOCH).total_seconds() * 1000), 0) << SEQUENCE_BITS
