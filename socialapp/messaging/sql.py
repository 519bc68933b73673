"""Statements by which workers claim messages of the outbox and end them."""

from socialapp.sql import Prepared

WAITING = Prepared(
    """
SELECT EXISTS (
    SELECT FROM messaging_outbox
    WHERE dead_lettered_at IS NULL AND (retry_at IS NULL OR retry_at <= statement_timestamp()) AND name = ANY(%(names)s)
)
""",
    names="text[]",
)

# The row locks repeat the conditions on rows as they are after the shard is locked: the snapshot is older.
CLAIM = Prepared(
    """
WITH look AS MATERIALIZED (
    SELECT shard FROM messaging_outbox
    WHERE dead_lettered_at IS NULL AND (retry_at IS NULL OR retry_at <= statement_timestamp()) AND name = ANY(%(names)s)
    ORDER BY id LIMIT %(batch)s + 1
), wanted AS MATERIALIZED (
    SELECT shard FROM (SELECT DISTINCT shard FROM look) AS seen
    ORDER BY (shard + %(offset)s) %% %(shards)s
    LIMIT CASE WHEN (SELECT count(*) FROM look) > %(batch)s THEN %(busy)s ELSE %(shards)s END
), held AS MATERIALIZED (
    SELECT shard FROM wanted WHERE pg_try_advisory_xact_lock(%(space)s, shard)
), claimed AS MATERIALIZED (
    SELECT message.* FROM held CROSS JOIN LATERAL (
        SELECT id, name, body FROM messaging_outbox
        WHERE shard = held.shard AND dead_lettered_at IS NULL
          AND (retry_at IS NULL OR retry_at <= statement_timestamp()) AND name = ANY(%(names)s)
        ORDER BY id LIMIT CASE WHEN (SELECT count(*) FROM held) = 1 THEN %(batch)s ELSE %(share)s END
        FOR UPDATE SKIP LOCKED
    ) AS message LIMIT %(batch)s
)
SELECT (SELECT count(*) FROM look) AS waiting, (SELECT count(*) FROM held) AS held, id, name, body
FROM (SELECT 1) AS always LEFT JOIN claimed ON true
ORDER BY id
""",
    names="text[]",
    **dict.fromkeys(("batch", "share", "busy", "shards", "offset", "space"), "int"),
)

# An earlier message with the same key that was rescheduled is obsolete once a later one took effect.
FINISH = Prepared(
    """
WITH done AS (SELECT * FROM unnest(%(ids)s::bigint[], %(keys)s::text[]) AS t(id, key)),
obsolete AS (
    DELETE FROM messaging_outbox AS earlier USING done
    WHERE earlier.attempts > 0 AND earlier.key <> '' AND earlier.key = done.key AND earlier.id < done.id
)
DELETE FROM messaging_outbox WHERE id = ANY(%(ids)s)
""",
    ids="bigint[]",
    keys="text[]",
)
