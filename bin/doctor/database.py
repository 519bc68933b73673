"""Checks of PostgreSQL: that it can be used, and that it keeps what it has taken."""

import re
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

from bin.doctor.findings import Doubtful, Wrong
from bin.runtime import servers
from config.env import env
from socialapp import database
from socialapp import replica as replicas
from socialapp.web import health

# What is asked of a server that is not our own, with its unit, and why (docs/operations.md, Growing).
WANTED = {
    "autovacuum_naptime": (5, "seconds at most: the outbox stays fast only if it is vacuumed often"),
    "checkpoint_timeout": (900, "seconds at least: more checkpoints are more WAL"),
    "max_wal_size": (4096, "MB at least: more checkpoints are more WAL"),
}
FAR_APART_S = 2
_OF_REPLICA = ("fsync", "full_page_writes", "hot_standby_feedback")
# One that has replayed all that it received is not late, however long ago the last commit was.
_LATE = (
    "SELECT max(now() - pg_last_xact_replay_timestamp()) WHERE pg_last_wal_receive_lsn() <> pg_last_wal_replay_lsn()"
)


def server() -> str:
    """It answers, and is new enough."""
    servers.check_postgres(env.database_url)
    connection.ensure_connection()
    return f"PostgreSQL {database.version()} answers"


def texts() -> str:
    """Encoding and locale."""
    if fault := database.fault_of(connection):
        raise Wrong(fault)
    return "encoding and locale know all letters"


def migrations() -> str:
    """Tables are as this version wants them."""
    health.CHECKS["migrations"]()
    return "all are applied"


def guards() -> str:
    """Timeouts are in force, behind a pooler too."""
    health.CHECKS["guards"]()
    return f"{database.GUARD} is set: what hangs loses its locks"


def direct() -> str:
    """Prepare and audit have a session of their own."""
    url = env.database_direct_url
    if url:
        servers.check_postgres(url, "DATABASE_DIRECT_URL")
        return "DATABASE_DIRECT_URL leads to PostgreSQL"
    if database.is_pooled():
        raise Wrong(
            "DATABASE_URL leads to a pooler: name PostgreSQL itself in DATABASE_DIRECT_URL, for prepare and audit."
        )
    return "DATABASE_URL leads to PostgreSQL itself"


def tuning() -> str:
    """What keeps it fast under a load that goes on."""
    if _setting("autovacuum") != "on":
        raise Wrong("autovacuum is off: tables grow without end. Set it to on.")
    found = {name: int(_ask("SELECT setting FROM pg_settings WHERE name = %s", name)) for name in WANTED}
    poor = [name for name, value in found.items() if (value > WANTED[name][0]) == (name == "autovacuum_naptime")]
    poor = [name for name in poor if found[name] != WANTED[name][0]]
    if poor:
        raise Doubtful("; ".join(f"{name} is {found[name]}: {WANTED[name][0]} {WANTED[name][1]}" for name in poor))
    return ", ".join(f"{name} {value}" for name, value in found.items())


def disk() -> str:
    """What a server that loses its power has taken is on its disk only with these."""
    off = [name for name in servers.KEEPS if _setting(name) == "off"]
    if off:
        raise Wrong(f"{', '.join(off)} off: a power cut loses accepted reactions. Set to on.")
    return "what was accepted survives a power cut"


def standby() -> str:
    """A reaction is answered when so many disks have it."""
    named, commit = _setting("synchronous_standby_names"), _setting("synchronous_commit")
    if not named:
        raise Doubtful(
            "no synchronous standby: when the disk of this server is lost, so is what was accepted since the last "
            "backup. To promise that nothing is lost, set synchronous_standby_names (docs/operations.md, Replicas)."
        )
    if commit == "local":
        raise Wrong("synchronous_commit is local: no write waits for a standby, whatever is named. Set it to on.")
    states = _ask("SELECT coalesce(array_agg(coalesce(sync_state, 'hidden')), '{}') FROM pg_stat_replication")
    if "hidden" in states:
        raise Doubtful(f"{named} is to follow; whether it does, this user may not see. GRANT pg_monitor to it.")
    wanted, there = _wanted_standbys(named), sum(state != "async" for state in states)
    if there < wanted:
        few = f"{there} of them follow" if there else "none of them follows"
        raise Wrong(f"synchronous_standby_names is {named}, and {few}: each write waits. Start one.")
    if commit == "remote_write":
        raise Doubtful("synchronous_commit is remote_write: a standby that loses its power loses what it took. Use on.")
    if there == wanted:
        raise Doubtful(
            f"a write waits for {named}, and there is none to spare: when one is away, each write waits. Name one more."
        )
    return f"a write waits for {named}"


def _wanted_standbys(named: str) -> int:
    """How many must have a write: ANY 2 (a, b, c), FIRST 2 (a, b, c), 2 (a, b, c), or a, b for one."""
    number = re.match(r"(?:\s*(?:ANY|FIRST))?\s*(\d+)\s*\(", named, re.IGNORECASE)
    return int(number[1]) if number else 1


def replica() -> str:
    """Strangers read from it, and it is what takes over."""
    if replicas.ALIAS not in connections:
        return "there is none: DATABASE_REPLICA_URL is not set"
    if _setting("in_hot_standby", using=replicas.ALIAS) == "off":
        raise Wrong("DATABASE_REPLICA_URL leads to a server that follows no other: name the standby.")
    off = [name for name in _OF_REPLICA if _setting(name, using=replicas.ALIAS) == "off"]
    if {"fsync", "full_page_writes"} & set(off):
        raise Wrong(f"{', '.join(off)} off on the replica: what it confirms is not on its disk. Set to on.")
    late: timedelta = _ask(_LATE, using=replicas.ALIAS) or timedelta()
    if late > timedelta(seconds=replicas.LAG_S):
        raise Doubtful(f"the replica is {late} behind, and not read: look at its disk and network.")
    if off:
        raise Doubtful("hot_standby_feedback is off on the replica: long questions are cancelled there. Set it to on.")
    return "the replica follows"


def writes() -> str:
    """It takes what people do; asked last, as it would wait for a standby for ever."""
    with suppress(Doubtful):
        standby()
    health.CHECKS["database"]()
    return "it takes writes"


def clock() -> str:
    """Leases and limits are by the clock of the database."""
    before = time.time()
    there = float(_ask("SELECT extract(epoch FROM clock_timestamp())"))
    apart = there - (before + time.time()) / 2
    if abs(apart) > FAR_APART_S:
        raise Wrong(f"the database's clock is {apart:+.0f} s from this machine's: let NTP set both.")
    return "that of the database is as this machine's"


def _setting(name: str, using: str = DEFAULT_DB_ALIAS) -> str:
    return str(_ask(f"SHOW {name}", using=using))


def _ask(statement: str, *values: str, using: str = DEFAULT_DB_ALIAS) -> Any:
    with connections[using].cursor() as cursor:
        cursor.execute(statement, list(values))
        return cursor.fetchone()[0]


CHECKS = {
    "database": server,
    "database: texts": texts,
    "database: migrations": migrations,
    "database: guards": guards,
    "database: direct": direct,
    "database: settings": tuning,
    "database: disk": disk,
    "database: standby": standby,
    "database: replica": replica,
    "database: writes": writes,
    "clock": clock,
}
