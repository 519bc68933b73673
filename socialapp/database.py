"""Settings of each PostgreSQL session, stored in the database, and the direct way to PostgreSQL behind a pooler."""

from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2 import sql

# Kept in the database rather than sent at connect: a pooler in transaction mode refuses or drops what is sent then, and
# hands each transaction to another session.
DEFAULTS = {
    # A process that hangs inside a transaction (SIGSTOP, a dead machine) loses it, and what it locked is free again.
    "idle_in_transaction_session_timeout": "15s",
    # What waits for a lock fails rather than hangs.
    "lock_timeout": "10s",
    "jit": "off",
    # What is prepared (socialapp.sql) is planned once, however few the values of the first times are.
    "plan_cache_mode": "force_generic_plan",
}

LOCK = 7_001_916  # prepare has the one before
# Held by manage.py backup.
BACKUP_LOCK = 7_001_917
GUARD = "idle_in_transaction_session_timeout"
POOLED = "DATABASE_URL leads to a pooler; for a session of its own, name PostgreSQL itself in DATABASE_DIRECT_URL."
UNGUARDED = "Run manage.py prepare; behind a pooler, then have it reconnect (PgBouncer: RECONNECT)."

# Capitals and what each becomes: socialapp.text.folding has PostgreSQL's `lower` do it. Turkish has another I.
_CAPITALS, _SMALL = "ÉIЖΩ", "éiжω"

# What is written for our user in this database.
_WRITTEN = """
SELECT unnest(setconfig) FROM pg_db_role_setting
WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
AND setrole = current_user::regrole
"""
# This one last, as it ends the statement.
_END = """
SELECT pg_terminate_backend(pid) FROM (
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND (state = 'idle' OR pid = pg_backend_pid())
    ORDER BY pid = pg_backend_pid()
) AS old
"""


# What PostgreSQL says when it stops, starts, is a standby by now, or has ended the session.
_AWAY = {"57P01", "57P02", "57P03", "25006", "25P03"}


def is_away(error: BaseException | None) -> bool:
    """Whether the database did not answer or ended the session: it is restarted, or another one takes over."""
    if isinstance(error, InterfaceError):
        return True
    code = getattr(error.__cause__, "pgcode", None) if isinstance(error, DatabaseError) else ""
    return isinstance(error, OperationalError) if code is None else code in _AWAY or code.startswith("08")


def write_defaults() -> None:
    """Have each session of our user in this database begin with DEFAULTS.

    If that changes anything, idle sessions are ended, because a pooler would hand them out unchanged for an hour.
    Clients that held one reconnect.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # On several machines at once, one writes, and the others find it written and end no session.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(_WRITTEN)
        if {f"{name}={value}" for name, value in DEFAULTS.items()} <= {written for (written,) in cursor.fetchall()}:
            return
        cursor.execute("SELECT current_database()")
        (database,) = cursor.fetchone()
        for name, value in DEFAULTS.items():
            cursor.execute(
                sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET {} = {}").format(
                    sql.Identifier(database), sql.Identifier(name), sql.Literal(value)
                )
            )
    with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
        cursor.execute(_END)
    connection.close()


def fault_of(database: BaseDatabaseWrapper) -> str | None:
    """Why the database cannot store and search texts of all languages, and what to do; None when it can."""
    with database.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_setting('server_encoding')")
        name, encoding = cursor.fetchone()
        # Asked only of UTF8: to others, not each of these letters can be sent.
        fault = f"its encoding is {encoding}" if encoding != "UTF8" else None
        if not fault:
            cursor.execute("SELECT lower(%s)", [_CAPITALS])
            (small,) = cursor.fetchone()
            fault = None if small == _SMALL else f"its locale makes {small} of {_CAPITALS}, and search needs {_SMALL}"
    if not fault:
        return None
    # Double quotes are part of the statement: a name may need them.
    right = f"""CREATE DATABASE "{name}" ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0"""
    return f"The database {name} cannot hold a site: {fault}. Drop it while it is empty, and make it so: {right};"


def is_guarded() -> bool:
    """Whether PostgreSQL ends a transaction of this session whose process hangs."""
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {GUARD}")
        return bool(cursor.fetchone()[0] != "0")


def version() -> int:
    """The server's, as in PostgreSQL 18."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def is_pooled() -> bool:
    """Whether there is a pooler in between: it makes up the process id that it reports."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return bool(cursor.fetchone()[0] != cursor.connection.info.backend_pid)


def go_direct() -> None:
    """Connect this process to PostgreSQL itself from now on, where DATABASE_DIRECT_URL names it."""
    if settings.DIRECT_DATABASE:
        connection.close()
        connection.settings_dict.update(settings.DIRECT_DATABASE)


def is_being_saved() -> bool:
    """Whether a backup is under way: then a file that its snapshot may name must not be removed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [BACKUP_LOCK])
        return not cursor.fetchone()[0]
