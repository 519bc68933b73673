"""What each process has in memory: nothing that only others need."""

import os
import subprocess
import sys

from config.env import CHECKOUT

LOADED = "import sys, {module}; {then}; print([name for name in sys.modules if name.endswith({ending!r})])"


def loaded(module: str, ending: str, then: str = "") -> str:
    """The modules with this ending that a new process has after it imported one."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(module=module, ending=ending, then=then or "pass")],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_supervisor_loads_nothing_that_answers_requests() -> None:
    assert loaded("bin.runtime.up", "django.http") == "[]"


def test_only_the_sender_of_pushes_loads_the_http_clients_of_its_library() -> None:
    assert loaded("django", "pywebpush", "django.setup(); import notifications.tasks, config.urls") == "[]"
