"""`bin/test`: pytest on embedded servers of its own, in a folder that is gone afterwards."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bin.runtime import servers
from bin.runtime.console import run
from bin.runtime.embedded import Postgres, Valkey, remember
from bin.runtime.supervisor import Supervisor
from config.env import CHECKOUT, env

# The folder is thrown away; what a power cut would do to it does not matter.
UNSAFE_AND_QUICK = {"fsync": "off", "full_page_writes": "off"}


def main() -> int:
    """The exit code of pytest."""
    data = Path(tempfile.mkdtemp(prefix="socialapp-test-"))
    if os.geteuid() == 0:
        data.chmod(0o711)  # root's PostgreSQL runs as another user, who must pass
    # Tests do in seconds what people do in days. Those of limits set their own.
    environment = env.of_children(data=data, public_url="http://127.0.0.1:8000") | {"SOCIALAPP_LIMITS": "off"}
    supervisor = Supervisor(data / "log", environment)
    try:
        start(data, supervisor)
        return subprocess.run(
            [sys.executable, "-m", "pytest", *sys.argv[1:]], cwd=CHECKOUT, env=environment, check=False
        ).returncode
    except KeyboardInterrupt:
        return 130
    finally:
        supervisor.kill()
        shutil.rmtree(data, ignore_errors=True)


def start(data: Path, supervisor: Supervisor) -> None:
    """The servers that are not named by URL."""
    if not env.named("DATABASE_URL"):
        url, postgres = Postgres(data, UNSAFE_AND_QUICK).prepare(None)
        remember(data, {"DATABASE_URL": url})
        supervisor.start(postgres)
        supervisor.wait_until(postgres, lambda: servers.postgres_is_up(url))
    if not env.named("REDIS_URL"):
        redis_url, valkey = Valkey(data).prepare(None)
        remember(data, {"REDIS_URL": redis_url})
        supervisor.start(valkey)
        supervisor.wait_until(valkey, lambda: servers.redis_is_up(redis_url))


if __name__ == "__main__":
    run(main)
