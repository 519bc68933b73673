"""Migrations on a running site: whoever reads goes on, whatever a migration waits for."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection, models
from django_migration_linter import MigrationLinter
from psycopg2.errors import LockNotAvailable
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from config.env import CHECKOUT
from socialapp.database import DEFAULTS
from socialapp.users.models import Person
from tests.product import manage

DATABASE = "migrated"
OURS = [
    app.label for app in apps.get_app_configs() if Path(app.path).is_relative_to(CHECKOUT) and ".venv" not in app.path
]

# What holds the lock of a table that is there for longer than moments, by django-migration-linter, and why it may.
# A new one is written so that it is not felt: an index concurrently, a column nullable first, dropped a release later.
_FIRST = "one of the first: its tables are empty"
_CONCURRENT = "the index is made concurrently, of a column that is new: the release before never writes it"
WHY = {
    ("posts", "0001_initial"): _FIRST,
    ("media", "0002_owner"): _FIRST,
    ("moderation", "0006_one_report_per_key"): _CONCURRENT,
}
# How functions name their arguments.
OF_STYLE = ["RUNPYTHON_ARGS_NAMING_CONVENTION", "RUNPYTHON_MODEL_VARIABLE_NAME"]


def own() -> str:
    """The URL of the tests' PostgreSQL, without a database."""
    tests = settings.DATABASES["default"]
    return f"postgres://{tests['USER']}:{tests['PASSWORD']}@{tests['HOST']}:{tests['PORT']}"


@pytest.fixture(scope="module")
def site() -> Iterator[dict[str, str]]:
    """The environment of a prepared database of their own. Each test leaves it with all migrations applied."""
    admin = psycopg2.connect(f"{own()}/postgres")
    admin.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    with admin.cursor() as cursor, tempfile.TemporaryDirectory() as data:
        cursor.execute(f"CREATE DATABASE {DATABASE}")
        environment = os.environ | {"DATABASE_URL": f"{own()}/{DATABASE}"}
        environment |= {"REDIS_URL": settings.CELERY_BROKER_URL, "SOCIALAPP_DATA": data}
        try:
            assert manage(environment, "prepare").returncode == 0
            yield environment
        finally:
            cursor.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    admin.close()


@pytest.mark.slow
def test_people_read_while_prepare_waits_for_a_lock_and_it_goes_on_once_the_lock_is_free(site: dict[str, str]) -> None:
    back = manage(site, "migrate", "media", "0001")
    assert (back.returncode, back.stderr) == (0, "")
    dump, reader = (psycopg2.connect(site["DATABASE_URL"]) for _ in range(2))
    with dump.cursor() as cursor:
        cursor.execute("LOCK media_picture IN ACCESS SHARE MODE")  # as pg_dump does
    prepare = subprocess.Popen(
        [sys.executable, str(CHECKOUT / "manage.py"), "prepare"], env=site, stderr=subprocess.PIPE, text=True
    )
    assert prepare.stderr
    # It queues for its lock, and whoever reads behind it; then it lets them pass.
    assert "waits for a lock" in prepare.stderr.readline()
    with reader, reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM media_picture")
        assert cursor.fetchone() == (0,)
    dump.rollback()
    assert prepare.wait() == 0
    for each in (dump, reader):
        each.close()
    prepare.stderr.close()


@pytest.mark.django_db(transaction=True)
def test_whoever_queued_behind_a_migration_reads_before_the_lock_that_it_waits_for_is_free() -> None:
    """In the old way this fails with the reader's own lock_timeout."""
    dump = psycopg2.connect(**connection.get_connection_params() | {"connection_factory": None, "cursor_factory": None})
    with dump.cursor() as cursor:
        cursor.execute("LOCK users_person IN ACCESS SHARE MODE")
    field = models.TextField(null=True)
    field.set_attributes_from_name("late")
    with pytest.raises(OperationalError) as failed, connection.schema_editor() as editor:
        editor.add_field(Person, field)
    assert isinstance(failed.value.__cause__, LockNotAvailable)
    assert Person.objects.count() == 0
    dump.close()


@pytest.mark.django_db(transaction=True)
def test_an_index_that_is_made_concurrently_waits_as_long_as_it_must() -> None:
    with connection.cursor() as cursor:
        with connection.schema_editor(atomic=False):
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("0",)
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == (DEFAULTS["lock_timeout"],)


@pytest.mark.slow
def test_an_index_that_was_interrupted_is_made_anew_and_one_that_is_there_is_kept(site: dict[str, str]) -> None:
    """PostgreSQL leaves it invalid: it is kept up to date, and no query uses it."""
    with (
        _back_to(site, "notifications", "0008"),
        closing(psycopg2.connect(site["DATABASE_URL"])) as holder,
        closing(psycopg2.connect(site["DATABASE_URL"])) as interrupted,
    ):
        interrupted.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with holder.cursor() as other, interrupted.cursor() as cursor:
            other.execute("LOCK notifications_group IN ROW EXCLUSIVE MODE")  # as one does who writes
            cursor.execute("SET lock_timeout = '1s'")
            with pytest.raises(LockNotAvailable):
                cursor.execute("CREATE INDEX CONCURRENTLY group_of_post ON notifications_group (post_id, recipient_id)")
            holder.rollback()
            cursor.execute(_STATE)
            ((before, is_valid),) = cursor.fetchall()
            assert not is_valid
            done = manage(site, "prepare")
            assert done.returncode == 0, done.stderr
            cursor.execute(_STATE)
            ((made, is_valid),) = cursor.fetchall()
            assert is_valid
            assert made != before
            # It was made, and the process died before it could note so.
            cursor.execute("DELETE FROM django_migrations WHERE app = 'notifications' AND name LIKE '0009%'")
            done = manage(site, "prepare")
            assert done.returncode == 0, done.stderr
            cursor.execute(_STATE)
            assert cursor.fetchall() == [(made, True)]


@contextmanager
def _back_to(site: dict[str, str], app: str, migration: str) -> Iterator[None]:
    """And all migrations applied again in the end, whatever happens."""
    back = manage(site, "migrate", app, migration)
    try:
        assert (back.returncode, back.stderr) == (0, "")
        yield
    finally:
        manage(site, "prepare")


_STATE = "SELECT indexrelid, indisvalid FROM pg_index WHERE indexrelid = 'group_of_post'::regclass"


@pytest.mark.slow
def test_prepare_may_be_repeated_and_ends_no_session_that_is_as_it_should_be(site: dict[str, str]) -> None:
    kept = psycopg2.connect(site["DATABASE_URL"])
    kept.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    assert manage(site, "prepare").returncode == 0
    with kept.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("15s",)
    kept.close()


_ADA = """
INSERT INTO users_person (username, name, bio, email, password, is_staff, is_superuser, suspended_reason)
VALUES ('ada', '', '', '', '!', false, false, '');
INSERT INTO notifications_group (recipient_id, kind, newest_ids) SELECT id, 'follow', '{}' FROM users_person
"""
# As the release of before stores a member, whose primary key was `id`.
_AS_BEFORE = """
INSERT INTO notifications_groupmember AS member (group_id, actor_id, reply_id, active, suppressed_reason, at, seq)
SELECT found.id, person.id, 0, true, '', now(), 1 FROM notifications_group AS found, users_person AS person
ON CONFLICT (group_id, actor_id, reply_id) DO UPDATE SET id = member.id RETURNING id
"""


@pytest.mark.slow
def test_members_of_before_keep_their_place_and_the_release_of_before_goes_on_storing_them(
    site: dict[str, str],
) -> None:
    assert manage(site, "migrate", "notifications", "0001").returncode == 0
    before = psycopg2.connect(site["DATABASE_URL"])
    before.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    with before.cursor() as cursor:
        cursor.execute(_ADA)
        cursor.execute(_AS_BEFORE)
        ((kept,),) = cursor.fetchall()
        assert manage(site, "prepare").returncode == 0
        cursor.execute(_AS_BEFORE)
        assert cursor.fetchall() == [(kept,)]
        cursor.execute("DELETE FROM notifications_groupmember")
        cursor.execute(_AS_BEFORE)
        ((later,),) = cursor.fetchall()
        assert later > kept
    before.close()


@pytest.mark.django_db(transaction=True)
def test_each_migration_that_a_running_site_would_feel_has_its_reason_here(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("WARNING", "django_migration_linter")
    linter = MigrationLinter(
        str(CHECKOUT), include_apps=OURS, no_cache=True, all_warnings_as_errors=True, exclude_migration_tests=OF_STYLE
    )
    felt = set()
    for place, migration in linter.migration_loader.disk_migrations.items():
        known = linter.nb_erroneous
        if place[0] in OURS:
            linter.lint_migration(migration)
        if linter.nb_erroneous > known:
            felt.add(place)
    assert felt == WHY.keys(), capsys.readouterr().out
