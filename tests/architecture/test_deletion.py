"""Delete one of the two services and its lines in config, and the tests of the other pass.

Tests marked slow are left out: they start processes, and are run with both services anyway.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config.env import CHECKOUT, env

COPIED = (
    "bin",
    "benchmarks",
    "config",
    "socialapp",
    "reactions",
    "notifications",
    "tests",
    "docs",
    "manage.py",
    "pyproject.toml",
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("deleted", "kept"), [("reactions", "notifications"), ("notifications", "reactions")])
def test_the_other_lives_on(tmp_path: Path, deleted: str, kept: str) -> None:
    for name in COPIED:
        source = CHECKOUT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    shutil.rmtree(tmp_path / deleted)
    (tmp_path / "data").mkdir()
    for wired in ("settings.py", "channels.py", "urls.py", "api_urls.py"):
        path = tmp_path / "config" / wired
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not re.search(rf'"{deleted}[."]', line)))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", f"tests/{kept}"],
        cwd=tmp_path,
        env=os.environ
        | {
            "PYTHONPATH": str(tmp_path),
            # Its own: the static files of a product without an app are not those of this one.
            "SOCIALAPP_DATA": str(tmp_path / "data"),
            "DATABASE_URL": re.sub(r"/[^/]*$", f"/without_{deleted}", env.database_url),
            "REDIS_URL": settings.CELERY_BROKER_URL,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"[1-9]\d* passed", done.stdout)
