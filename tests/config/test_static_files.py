"""Static files of an upgrade: the release before goes on serving its own until its processes are replaced."""

import os
import re
from pathlib import Path

import pytest
from django.db import connection

from config.env import env
from tests.product import manage


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_prepare_of_a_new_release_keeps_the_files_of_the_one_that_still_runs(tmp_path: Path) -> None:
    old = tmp_path / "static" / "socialapp" / "all.0123456789ab.css"
    old.parent.mkdir(parents=True)
    old.write_text("a {}")
    (tmp_path / "static" / ".made-from").write_text("the release before")
    database_url = re.sub(r"/[^/]*$", f"/{connection.settings_dict['NAME']}", env.database_url)
    ours = {"DATABASE_URL": database_url, "REDIS_URL": env.redis_url}
    done = manage({**os.environ, **ours, "SOCIALAPP_DATA": str(tmp_path)}, "prepare")
    assert done.returncode == 0, done.stderr
    assert old.read_text() == "a {}"
    assert len(list(old.parent.glob("all.*.css"))) == 2
