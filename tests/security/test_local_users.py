"""Attacks by other users of the machine: whoever may log in, and whatever service was broken into."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis

from bin.runtime import up
from bin.runtime.console import Failure
from bin.runtime.embedded import Postgres
from bin.runtime.os_user import NOBODY, OWN_NUMBERS, ordinary_account
from tests.product import Product, running_product

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
# Made by the tests around bin/up.
OURS = {"up.log"}


def ran_as(user: int, *command: str) -> str:
    """What another user of this machine is told."""
    return subprocess.run(
        command, user=user, group=user, extra_groups=[], cwd="/", capture_output=True, text=True, check=False
    ).stdout


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with running_product("--demo") as running:
        yield running


@as_root
@pytest.mark.slow
def test_no_other_user_reads_or_changes_what_is_in_the_data_folder(product: Product) -> None:
    inside = [path for path in product.data.rglob("*") if path.name not in OURS]
    assert len(inside) > 1_000
    found = []
    for name in ("valkey", "postgres", "log", "media", "static"):
        assert (product.data / name).is_dir()
        found += ran_as(NOBODY, "find", str(product.data / name), "-mindepth", "1").splitlines()
    for path in product.data.iterdir():
        if path.is_file() and path.name not in OURS:
            found += ran_as(NOBODY, "cat", str(path)).splitlines()
    assert found == []
    assert ran_as(NOBODY, "ls", str(product.data)) == ""


@as_root
@pytest.mark.slow
def test_nothing_that_was_started_runs_as_a_user_that_others_run_as(product: Product) -> None:
    cluster = (product.data / "postgres").stat()
    assert cluster.st_uid not in {0, NOBODY}
    assert stat.S_IMODE(cluster.st_mode) == 0o700
    owners = {path.lstat().st_uid for path in (product.data / "postgres").rglob("*")}
    assert owners == {cluster.st_uid}


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder where other users may pass."""
    folder = Path(tempfile.mkdtemp(prefix="socialapp-data-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@as_root
def test_a_database_that_belonged_to_nobody_is_taken_over(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Postgres(data).prepare(None)
    for path in (data / "postgres", *(data / "postgres").rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    Postgres(data).prepare(None)
    (owner,) = {path.lstat().st_uid for path in (data / "postgres", *(data / "postgres").rglob("*"))}
    assert owner in OWN_NUMBERS or pwd.getpwuid(owner).pw_name == "socialapp"
    assert "was of nobody" in capsys.readouterr().out
    _, program = Postgres(data).prepare(None)
    assert program.account
    assert program.account.uid == owner


@as_root
def test_a_data_folder_of_nobody_makes_nobody_no_owner_of_the_database(data: Path) -> None:
    os.chown(data, NOBODY, NOBODY)
    account = ordinary_account(data)
    assert account
    assert account.uid not in {0, NOBODY}


@as_root
@pytest.mark.parametrize("user", ["nobody", "root", "no_such_user_here"])
def test_a_user_that_others_run_as_is_refused(data: Path, user: str) -> None:
    with pytest.raises(Failure, match=f"--user {user}"):
        ordinary_account(data, user)


def test_a_data_folder_that_was_open_is_closed(data: Path) -> None:
    (data / "secret_key").touch()
    (data / "valkey").mkdir()
    (data / "valkey").chmod(0o755)
    data.chmod(0o755)
    up.close(data)
    assert stat.S_IMODE(data.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)
    assert stat.S_IMODE((data / "valkey").stat().st_mode) == 0o700


def test_a_folder_of_other_things_is_refused_rather_than_closed(data: Path) -> None:
    (data / "thesis.txt").touch()
    data.chmod(0o777)
    with pytest.raises(Failure, match="open to other users"):
        up.close(data)
    assert stat.S_IMODE(data.stat().st_mode) == 0o777


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_folders_above_a_new_data_folder_can_be_passed_by_its_database(data: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        up.make(data / "a" / "b")
    finally:
        os.umask(before)
    assert stat.S_IMODE((data / "a").stat().st_mode) == 0o755
    assert stat.S_IMODE((data / "a" / "b").stat().st_mode) == 0o700


@pytest.mark.slow
def test_the_database_lets_nobody_in_without_its_password_and_only_from_this_machine(product: Product) -> None:
    right = urlsplit(product.remembered["DATABASE_URL"])
    for password in ("", "wrong", "postgres"):
        for user in ("postgres", right.username):
            with pytest.raises(psycopg2.OperationalError, match="password"):
                psycopg2.connect(host=right.hostname, port=right.port, user=user, password=password, dbname="postgres")
    assert not list(Path("/tmp").glob(f".s.PGSQL.{right.port}"))  # noqa: S108 - where PostgreSQL would put it
    with psycopg2.connect(product.remembered["DATABASE_URL"]) as ours, ours.cursor() as cursor:
        cursor.execute("SHOW unix_socket_directories")
        assert cursor.fetchone() == ("",)
        cursor.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules")
        assert cursor.fetchall() == [("scram-sha-256",)]
        cursor.execute("SHOW listen_addresses")
        assert cursor.fetchone() == ("127.0.0.1",)
    ours.close()


@pytest.mark.slow
def test_the_broker_does_nothing_for_whoever_lacks_its_password(product: Product) -> None:
    right = urlsplit(product.remembered["REDIS_URL"])
    port = right.port or 0
    for password in (None, "wrong"):
        with redis.Redis("127.0.0.1", port, password=password) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.get("anything")
    with redis.Redis.from_url(product.remembered["REDIS_URL"]) as ours:
        assert ours.config_get("bind")["bind"] == "127.0.0.1"
