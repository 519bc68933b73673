"""`bin/run`: one process of the product, in the foreground."""

import os
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured

from bin.runtime import options, processes
from bin.runtime.console import Failure, run
from bin.runtime.ports import claim_port
from config.env import env


def main() -> NoReturn:
    """Become the process: signals and the exit status are its own. Raises Failure with all that is wrong."""
    chosen = options.run()
    if found := problems():
        raise Failure("\n".join(found))
    if "port" in chosen:
        claim_port(f"bin/run {chosen.process}", chosen.host, chosen.port)
    os.umask(0o077)
    command = processes.command_of(chosen)
    os.execv(command[0], command)  # noqa: S606  the command is our own


def problems() -> list[str]:
    """What is wrong with the settings, and each server that neither they nor a `bin/up` before name."""
    found = env.problems()
    for server in ("database_url", "redis_url"):
        try:
            getattr(env, server)
        except ImproperlyConfigured as error:
            found.append(str(error))
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    run(main)
