"""The statements of limits, one round trip each, whichever host somebody is served by."""

from socialapp.sql import Prepared, joined_within

_HOLDER = f"WITH holder AS (SELECT {joined_within('%(person)s', '%(new_for)s')} AS is_new)"
_TYPES = {"kind": "text", "holder": "text", "person": "bigint", "new_for": "interval"}
_AHEAD = "extract(epoch FROM used_until - statement_timestamp())::float8"

# Yields for how many seconds their time is ahead of the clock now, and whether the account is new.
_COUNT = f"""{_HOLDER}
INSERT INTO limits_usage AS usage (kind, holder, used_until)
SELECT %(kind)s, %(holder)s,
       statement_timestamp() + make_interval(secs => CASE WHEN is_new THEN %(new)s ELSE %(usual)s END)
FROM holder ON CONFLICT (kind, holder) DO UPDATE SET used_until =
    greatest(usage.used_until, statement_timestamp()) + (excluded.used_until - statement_timestamp())
RETURNING {_AHEAD}, (SELECT is_new FROM holder)
"""
# Do not wait for the disk: losing the counts of a server's last milliseconds does no harm.
COUNT = Prepared(_COUNT, **_TYPES, usual="float8", new="float8").after("SET LOCAL synchronous_commit = off;")

# The same, before anything is done.
_LOOK = f"""{_HOLDER}
SELECT coalesce({_AHEAD}, 0), is_new
FROM holder LEFT JOIN limits_usage AS usage ON usage.kind = %(kind)s AND usage.holder = %(holder)s
"""
LOOK = Prepared(_LOOK, **_TYPES)
