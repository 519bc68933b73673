"""`bin/up`: the whole product under one supervisor."""

import argparse
import fcntl
import os
import secrets
import signal
import stat
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from bin.runtime import options as typed
from bin.runtime import processes, servers
from bin.runtime.console import Failure, note, run, say, step
from bin.runtime.embedded import Postgres, Valkey, free_port, remember, remembered
from bin.runtime.names import EVERYWHERE, names_of
from bin.runtime.os_user import settle
from bin.runtime.ports import claim_port
from bin.runtime.preparing import preparing
from bin.runtime.processes import WORKERS
from bin.runtime.supervisor import Program, Supervisor
from config.env import CHECKOUT, LOOPBACK, env

STEPS = 6


def options() -> argparse.Namespace:
    """Of the command line; what it leaves open depends on the environment."""
    chosen = typed.up()
    chosen.data = (chosen.data or env.data).absolute()
    chosen.workers = chosen.workers or WORKERS
    if chosen.demo is None:
        chosen.demo = not env.named("DATABASE_URL")
    if chosen.fakes is None:
        chosen.fakes = chosen.host in LOOPBACK or chosen.host.startswith("127.")
    chosen.fakes = chosen.fakes and not env.named("SOCIALAPP_MAIL_URL")
    return chosen


def main() -> int:
    """Runs until Ctrl-C or SIGTERM; then 0. Raises Failure when the product cannot be started."""
    chosen = options()
    if problems := env.problems():
        raise Failure("\n".join(problems))
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    if chosen.data == CHECKOUT / "var" and not env.named("DATABASE_URL"):
        settle(chosen.data, chosen.user)
    chosen.data = chosen.data.resolve()
    lock = claim(chosen.data)
    claim_port("bin/up", chosen.host, chosen.port)
    if chosen.live_port is None:
        chosen.live_port = free_port(f"tcp://{chosen.host}:{chosen.port + 1}" if chosen.port < 65_535 else None)
    else:
        claim_port("bin/up", chosen.host, chosen.live_port)
    url = _at(chosen.host, chosen.port)
    supervisor = Supervisor(chosen.data / "log", env.of_children(data=chosen.data, public_url=url))
    try:
        start(chosen, supervisor, url)
        supervisor.watch()
    except KeyboardInterrupt:
        note("Stopping …")
    except BaseException:
        _stop(supervisor)
        raise
    _stop(supervisor)
    lock.close()
    note(f"Stopped. The data stays in {_short(chosen.data)}.")
    return 0


def start(chosen: argparse.Namespace, supervisor: Supervisor, url: str) -> None:
    """Every step from nothing to healthy."""
    # So that manage.py commands know where the product is.
    names = " ".join(names_of(chosen.host))
    remember(chosen.data, {"SOCIALAPP_URL": url, "LIVE_PORT": str(chosen.live_port), "LISTENS_AS": names})
    with step(1, STEPS, "PostgreSQL"):
        start_postgres(chosen.data, supervisor, chosen.user)
    with step(2, STEPS, "Valkey" if not env.named("REDIS_URL") else "Redis"):
        start_valkey(chosen.data, supervisor)
    with step(3, STEPS, "Fake mail, push and webhook receivers" if chosen.fakes else "No fakes: mail goes to files"):
        if chosen.fakes:
            fakes, fakes_at = start_fakes(chosen.data, supervisor)
        else:  # an earlier start may have allowed the addresses of its fakes
            fakes, fakes_at = None, ""
            remember(chosen.data, {"FAKES_URL": "", "SOCIALAPP_ALLOWED_PRIVATE_HOSTS": "", "SOCIALAPP_MAIL_URL": ""})
    with preparing(supervisor, chosen.data, demo=chosen.demo) as preparation:
        with step(4, STEPS, f"Tables, static files and {'demo people' if chosen.demo else 'no demo people'}"):
            # In a database of others, who knows what happened since the last start.
            must_wait = preparation.is_expected_to_change or bool(env.named("DATABASE_URL"))
            demo = preparation.wait() if must_wait else ""
        with step(5, STEPS, "Web, live, workers and beat"):
            are_ready = start_programs(chosen, supervisor, url)
        with step(6, STEPS, "Waiting until healthy"):
            if not must_wait:
                demo = preparation.wait()
            if fakes:
                supervisor.wait_until(fakes, lambda: is_healthy(f"{fakes_at}/mails.json"))
            for program, is_ready in are_ready:
                supervisor.wait_until(program, is_ready)
    show(chosen, url, demo.strip(), fakes_at)


def start_programs(
    chosen: argparse.Namespace, supervisor: Supervisor, url: str
) -> list[tuple[Program, Callable[[], bool]]]:
    """Start all that serves people. Returns those to wait for, and how to ask whether each is ready."""
    web, live, *others = programs(chosen)
    workers = [program for program in others if program.name.startswith("worker")]
    logs = [(supervisor.log_of(program), _size(supervisor.log_of(program))) for program in workers]
    for program in (web, live, *others):
        supervisor.start(program)
    return [
        (web, lambda: is_healthy(f"{url}/readyz")),
        (live, lambda: is_healthy(f"{_at(chosen.host, chosen.live_port)}/live/healthz")),
        *((program, partial(is_listening, *log)) for program, log in zip(workers, logs, strict=True)),
    ]


def show(chosen: argparse.Namespace, url: str, demo: str, fakes: str) -> None:
    """Print the address, the accounts to log in with, and what to try."""
    say(f"\nsocialapp is running: {url}\n" + (f"{demo}\n" if demo else ""))
    if public := env.named("SOCIALAPP_URL"):
        say(f"Its links begin with {public}.\n")
    elif chosen.host in EVERYWHERE:
        addresses = ", ".join(f"http://{name}:{chosen.port}" for name in names_of(chosen.host))
        say(f"Others find it at {addresses}. Set SOCIALAPP_URL to the one that links in mail shall begin with.\n")
    if demo:
        say(f"Kill its workers, and see them come back: pkill -9 -P {os.getpid()} -f celery\n")
    if fakes:
        say(f"It sends no mail yet: {fakes}/ shows what it would. Whoever has this address can read everybody's mail.")
        say("Set SOCIALAPP_MAIL_URL to a mail server.\n")
    elif not env.named("SOCIALAPP_MAIL_URL"):
        say(f"It sends no mail: what it would send is in {_short(chosen.data / 'mail')}. Set SOCIALAPP_MAIL_URL.\n")
    say(f"Data, logs and mail are in {_short(chosen.data)}. Ctrl-C stops everything and keeps them.\n")


def start_postgres(data: Path, supervisor: Supervisor, user: str | None = None) -> None:
    """The one that DATABASE_URL names, else our own."""
    if named := env.named("DATABASE_URL"):
        _checked("database_url")
        servers.check_postgres(named)
        if off := servers.unsafe(named):
            note(f"DATABASE_URL: {', '.join(off)} off: a power cut loses accepted reactions. Set to on.")
        if direct := env.named("DATABASE_DIRECT_URL"):
            servers.check_postgres(direct, "DATABASE_DIRECT_URL")
        return
    url, program = Postgres(data, user=user).prepare(remembered(data).get("DATABASE_URL"))
    remember(data, {"DATABASE_URL": url})
    supervisor.start(program)
    supervisor.wait_until(program, lambda: servers.postgres_is_up(url))
    servers.ensure_database(url)


def start_valkey(data: Path, supervisor: Supervisor) -> None:
    """The one that REDIS_URL names, else our own; and look at the broker that BROKER_URL names."""
    if named := env.named("BROKER_URL"):
        _checked("broker_url")
        servers.check_broker(named, "BROKER_URL")
    if named := env.named("REDIS_URL"):
        _checked("redis_url")
        servers.check_broker(named)
        return
    url, program = Valkey(data).prepare(remembered(data).get("REDIS_URL"))
    remember(data, {"REDIS_URL": url})
    supervisor.start(program)
    supervisor.wait_until(program, lambda: servers.redis_is_up(url))


def start_fakes(data: Path, supervisor: Supervisor) -> tuple[Program, str]:
    """Where mail is read until a mail server is named; a push service and a webhook receiver to try things on.

    Returns them and their address, at which they answer soon.
    """
    known = remembered(data)
    http, smtp = free_port(known.get("FAKES_URL")), free_port(known.get("SOCIALAPP_MAIL_URL"))
    secret = urlsplit(known.get("FAKES_URL", "")).path.strip("/") or secrets.token_urlsafe(16)
    url, mail = f"http://127.0.0.1:{http}/{secret}", f"smtp://127.0.0.1:{smtp}"
    remember(
        data, {"FAKES_URL": url, "SOCIALAPP_MAIL_URL": mail, "SOCIALAPP_ALLOWED_PRIVATE_HOSTS": f"127.0.0.1:{http}"}
    )
    command = [sys.executable, "-m", "bin.fakes", "--closed", "--http-port", str(http), "--smtp-port", str(smtp)]
    fakes = Program("fakes", command, cwd=CHECKOUT)
    supervisor.start(fakes)
    return fakes, url


def programs(chosen: argparse.Namespace) -> list[Program]:
    """Web; live; workers for messages, and one for all that waits for the outside or for a decoder; beat."""
    commands = {
        "web": processes.web(chosen.host, chosen.port),
        "live": processes.live(chosen.host, chosen.live_port),
        **{_numbered("worker", number): processes.worker("worker") for number in range(chosen.workers)},
        "worker-outside": processes.worker("outside"),
        "beat": processes.BEAT,
    }
    return [Program(name, command, cwd=CHECKOUT) for name, command in commands.items()]


def claim(data: Path) -> IO[str]:
    """The data folder, for one `bin/up` at a time. Raises Failure."""
    try:
        make(data)
        close(data)
        lock = (data / "lock").open("a+")
    except OSError as error:
        raise Failure(f"The data folder {data} cannot be used: {error.strerror}. Name another with --data.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        raise Failure(
            f"The data folder {data} is in use by the bin/up with process id {lock.read().strip() or '?'}. "
            "Stop that one, or name another folder with --data."
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def make(data: Path) -> None:
    """The folder, and those above it, which PostgreSQL's user must pass when root makes them."""
    if not data.exists():
        for folder in reversed(data.parents):
            if not folder.exists():
                folder.mkdir()
                folder.chmod(0o755)
        data.mkdir(mode=0o700)


def close(data: Path) -> None:
    """Let no other user of this machine look into the data folder. Raises Failure if that is not ours to do."""
    # Root's PostgreSQL runs as another user, who must pass.
    mode, wanted = stat.S_IMODE(data.stat().st_mode), 0o711 if os.geteuid() == 0 else 0o700
    inside = {path.name for path in data.iterdir()}
    if mode & 0o066 and inside and not inside & {"lock", "secret_key", "embedded.json"}:
        raise Failure(
            f"The data folder {data} is open to other users of this machine (mode {mode:o}), and what is in it is not "
            f"ours. Close it (chmod {wanted:o} {data}), or name another folder with --data."
        )
    if mode & 0o066 or (mode != wanted and (not inside or os.geteuid() == 0)):
        data.chmod(wanted)
    for name in {"log", "mail", "media", "static", "valkey"} & inside:
        if not (data / name).is_symlink() and (data / name).stat().st_mode & 0o077:
            (data / name).chmod(0o700)


def is_healthy(url: str) -> bool:
    """Does the product say it is ready?"""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def is_listening(log: Path, size_before: int) -> bool:
    """Whether the worker logged, beyond so many bytes, that it waits for work."""
    return b" ready." in log.read_bytes()[size_before:]


def _stop(supervisor: Supervisor) -> None:
    try:
        supervisor.stop()
    except KeyboardInterrupt:
        supervisor.kill()


def _numbered(name: str, number: int) -> str:
    return f"{name}-{number + 1}" if number else name


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _checked(name: str) -> None:
    try:
        getattr(env, name)
    except ImproperlyConfigured as error:
        raise Failure(str(error)) from error


def _at(host: str, port: int) -> str:
    """The address of what listens there, for this machine."""
    return f"http://{'127.0.0.1' if host in EVERYWHERE else _in_url(host)}:{port}"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _short(path: Path) -> str:
    return f"{path.relative_to(CHECKOUT)}/" if path.is_relative_to(CHECKOUT) else f"{path}"


if __name__ == "__main__":
    run(main)
