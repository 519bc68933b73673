"""Where the yardsticks stand: PostgreSQL and Valkey as `bin/up` embeds them, and programs beside them."""

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from benchmarks.systems.running import Running
from bin.runtime import servers
from bin.runtime.embedded import Postgres, Valkey
from bin.runtime.supervisor import Program, Supervisor
from config.env import CHECKOUT
from tests.product import free_port

# What may be set where benchmarks run, and is not for the yardsticks.
_OURS = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "SOCIALAPP_", "DJANGO_SETTINGS_MODULE")


class Yard:
    """A folder that is thrown away, servers with the settings of `bin/up`, and a supervisor that restarts nothing."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
            "SOCIALAPP_DATA": str(data),
            "SOCIALAPP_LIMITS": "off",
        }
        self.supervisor = Supervisor(data / "log", self.environment)
        self.database_url, postgres = Postgres(data).prepare(None)
        self.redis_url, self.valkey = Valkey(data).prepare(None)
        self.environment |= {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        self.supervisor.start(postgres)
        self.supervisor.wait_until(postgres, lambda: servers.postgres_is_up(self.database_url))
        servers.ensure_database(self.database_url)
        self.start_broker()

    def start_broker(self) -> None:
        """For the first time, or again."""
        self.supervisor.start(self.valkey)
        self.supervisor.wait_until(self.valkey, lambda: servers.redis_is_up(self.redis_url))

    def stop_broker(self) -> None:
        """Until it is gone."""
        self.valkey.signal("SIGTERM")
        if self.valkey.process:
            self.valkey.process.wait()
        self.supervisor.programs.remove(self.valkey)

    def start(self, name: str, module: str, *options: str) -> Program:
        """`python -m module`."""
        program = Program(name, [sys.executable, "-m", module, *options], cwd=CHECKOUT)
        self.supervisor.start(program)
        return program

    def migrate(self, settings: str) -> None:
        """The tables of these settings. Raises CalledProcessError."""
        command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0", "--settings", settings]
        subprocess.run(command, cwd=CHECKOUT, env=self.environment, check=True)

    def stop(self) -> None:
        """All of it, and the folder."""
        self.supervisor.stop()
        shutil.rmtree(self.data, ignore_errors=True)


@contextmanager
def yard() -> Iterator[Yard]:
    """With servers that are up."""
    data = Path(tempfile.mkdtemp(prefix="socialapp-yardstick-"))
    if os.geteuid() == 0:
        data.chmod(0o711)  # root's PostgreSQL runs as another user, who must pass
    found = Yard(data)
    try:
        yield found
    finally:
        found.stop()


class Yardstick(Running):
    """A stack on a yard: its programs are called as the groups of Stack.processes."""

    GROUPS: ClassVar[dict[str, str]] = {"valkey": "redis"}

    def __init__(self, name: str, place: Yard) -> None:
        super().__init__()
        self.name, self.place = name, place
        self.database_url, self.redis_url = place.database_url, place.redis_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start_web(self, module: str, *options: str) -> None:
        """And wait until it answers, whatever it says. Raises Failure when it ends instead."""
        web = self.place.start("web", module, *options)
        self.place.supervisor.wait_until(web, lambda: _answers(self.url))

    def roots(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for program in self.place.supervisor.programs:
            if program.process:
                name = program.name.partition("-")[0]  # of several workers: worker, worker-2 …
                found.setdefault(self.GROUPS.get(name, name), []).append(program.process.pid)
        return found

    @property
    def broker_process_id(self) -> int:  # type: ignore[override]
        """See Stack. Another one after it was stopped."""
        return self.roots()["redis"][0]

    @contextmanager
    def broker_stopped(self) -> Iterator[None]:
        """See Stack."""
        self.place.stop_broker()
        try:
            yield
        finally:
            self.place.start_broker()


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/", timeout=10).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
