"""`bin/up`: the whole product under one supervisor."""

import argparse
import fcntl
import os
import secrets
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from bin.runtime import options as typed
from bin.runtime import servers
from bin.runtime.console import Failure, note, run, step
from bin.runtime.embedded import Postgres, Valkey, free_port, remember, remembered
from bin.runtime.names import EVERYWHERE, names_of
from bin.runtime.options import CORES
from bin.runtime.os_user import settle
from bin.runtime.supervisor import Program, Supervisor, last_line
from config.channels import CHANNELS
from config.env import CHECKOUT, LOOPBACK, env
from socialapp.web.slow_bodies import WEB_THREADS

STEPS = 7
WEB_PROCESSES = min(max(2, CORES // 2), 8)
SENDERS = 8  # deliveries that each channel has in hand at once


def options() -> argparse.Namespace:
    """Of the command line; what it leaves open depends on the environment."""
    chosen = typed.options()
    chosen.data = (chosen.data or env.data).absolute()
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
    claim_port(chosen.host, chosen.port)
    if chosen.live_port is None:
        chosen.live_port = free_port(f"tcp://{chosen.host}:{chosen.port + 1}" if chosen.port < 65_535 else None)
    else:
        claim_port(chosen.host, chosen.live_port)
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
    with step(3, STEPS, "Tables and static files"):
        manage(supervisor, "prepare")
    fakes = ""
    with step(4, STEPS, "Fake mail, push and webhook receivers" if chosen.fakes else "No fakes: mail goes to files"):
        if chosen.fakes:
            fakes = start_fakes(chosen.data, supervisor)
        else:  # an earlier start may have allowed the addresses of its fakes
            remember(chosen.data, {"FAKES_URL": "", "SOCIALAPP_ALLOWED_PRIVATE_HOSTS": "", "SOCIALAPP_MAIL_URL": ""})
    with step(5, STEPS, "Demo people" if chosen.demo else "No demo people"):
        demo = manage(supervisor, "demo", "--if-empty") if chosen.demo else ""
    with step(6, STEPS, "Web, live, workers and beat"):
        web, live, *others = programs(chosen)
        workers = [program for program in others if program.name.startswith("worker")]
        said_before = {program.name: _size(supervisor.log_of(program)) for program in workers}
        for program in (web, live, *others):
            supervisor.start(program)
    with step(7, STEPS, "Waiting until healthy"):
        supervisor.wait_until(web, lambda: is_healthy(f"{url}/readyz"))
        supervisor.wait_until(live, lambda: is_healthy(f"{_at(chosen.host, chosen.live_port)}/live/healthz"))
        for program in workers:
            log, before = supervisor.log_of(program), said_before[program.name]
            supervisor.wait_until(program, lambda log=log, before=before: is_listening(log, before))  # type: ignore[misc]
    show(chosen, url, demo.strip(), fakes)


def show(chosen: argparse.Namespace, url: str, demo: str, fakes: str) -> None:
    """Print the address, the accounts to log in with, and what to try."""
    print(f"\nsocialapp is running: {url}\n" + (f"{demo}\n" if demo else ""))
    if public := env.named("SOCIALAPP_URL"):
        print(f"Its links begin with {public}.\n")
    elif chosen.host in EVERYWHERE:
        addresses = ", ".join(f"http://{name}:{chosen.port}" for name in names_of(chosen.host))
        print(f"Others find it at {addresses}. Set SOCIALAPP_URL to the one that links in mail shall begin with.\n")
    if demo:
        print(f"Kill its workers, and see them come back: pkill -9 -P {os.getpid()} -f celery\n")
    if fakes:
        print(
            f"It sends no mail yet: {fakes}/ shows what it would. Whoever has this address can read everybody's mail."
        )
        print("Set SOCIALAPP_MAIL_URL to a mail server.\n")
    elif not env.named("SOCIALAPP_MAIL_URL"):
        print(f"It sends no mail: what it would send is in {_short(chosen.data / 'mail')}. Set SOCIALAPP_MAIL_URL.\n")
    print(f"Data, logs and mail are in {_short(chosen.data)}. Ctrl-C stops everything and keeps them.\n", flush=True)


def start_postgres(data: Path, supervisor: Supervisor, user: str | None = None) -> None:
    """The one that DATABASE_URL names, else our own."""
    if named := env.named("DATABASE_URL"):
        _checked("database_url")
        servers.check_postgres(named)
        if direct := env.named("DATABASE_DIRECT_URL"):
            servers.check_postgres(direct, "DATABASE_DIRECT_URL")
        return
    url, program = Postgres(data, user=user).prepare(remembered(data).get("DATABASE_URL"))
    remember(data, {"DATABASE_URL": url})
    supervisor.start(program)
    supervisor.wait_until(program, lambda: servers.postgres_is_up(url))
    servers.ensure_database(url)


def start_valkey(data: Path, supervisor: Supervisor) -> None:
    """The one that REDIS_URL names, else our own."""
    if named := env.named("REDIS_URL"):
        _checked("redis_url")
        servers.check_redis(named)
        return
    url, program = Valkey(data).prepare(remembered(data).get("REDIS_URL"))
    remember(data, {"REDIS_URL": url})
    supervisor.start(program)
    supervisor.wait_until(program, lambda: servers.redis_is_up(url))


def start_fakes(data: Path, supervisor: Supervisor) -> str:
    """Where mail is read until a mail server is named; a push service and a webhook receiver to try things on."""
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
    supervisor.wait_until(fakes, lambda: is_healthy(f"{url}/mails.json"))
    return url


def programs(chosen: argparse.Namespace) -> list[Program]:
    """Web; live; workers for messages, for each channel and for pictures, so that none waits for another; beat."""
    celery = [sys.executable, "-m", "celery", "-A", "config"]
    web = Program("web", [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
        *("--host", chosen.host, "--port", str(chosen.port)),
        *("--workers", str(WEB_PROCESSES), "--blocking-threads", str(WEB_THREADS), "--respawn-failed-workers"),
        # A thread that ends takes its connection to PostgreSQL along, and all that this one had planned.
        *("--blocking-threads-idle-timeout", "600"),
        "config.wsgi:application",
    ])  # fmt: skip
    live = Program("live", [
        *(sys.executable, "-m", "config.live", "--host", chosen.host, "--port", str(chosen.live_port)),
    ])  # fmt: skip
    quiet = ["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    worker = Program("worker", [
        *(*celery, "worker", "--queues", "messages,housekeeping,fanout", "--concurrency", str(chosen.workers), *quiet),
    ])  # fmt: skip
    # They wait for others most of the time: threads, which cost little.
    senders = [
        Program(f"worker-{name}", [
            *(*celery, "worker", "--queues", name, "--pool", "threads", "--concurrency", str(SENDERS), *quiet),
        ])
        for name in CHANNELS
    ]  # fmt: skip
    # Decoding takes a core and some hundred MB. A decoder keeps the lock of Python, so what takes long has a process
    # of its own.
    pictures = [
        Program(f"worker-{name}", [
            *(*celery, "worker", "--queues", name, "--pool", "threads", "--concurrency", str(threads), *quiet),
        ])
        for name, threads in (("pictures", max(1, CORES // 2)), ("heavy-pictures", max(1, CORES // 4)))
    ]  # fmt: skip
    beat = Program("beat", [*celery, "beat", "--pidfile="])
    found = [web, live, worker, *senders, *pictures, beat]
    for program in found:
        program.cwd = CHECKOUT
    return found


def manage(supervisor: Supervisor, *command: str) -> str:
    """Run a `manage.py` command to its end. Returns what it printed. Raises Failure with its last line."""
    log = supervisor.logs / f"{command[0]}.log"
    with log.open("w") as errors:
        done = subprocess.run(
            [sys.executable, str(CHECKOUT / "manage.py"), *command],
            env=supervisor.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )
    if done.returncode:
        raise Failure(f"manage.py {command[0]} failed: {last_line(log)} (all of it: {log})")
    return done.stdout


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


def claim_port(host: str, port: int) -> None:
    """Raises Failure if the web could not listen there."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise Failure(f"--host {host} is not an address of this machine.") from error
    except PermissionError as error:
        raise Failure(f"Port {port} is for root. Choose one above 1023: bin/up --port 8000.") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise Failure(
            f"Cannot listen on {host} port {port}: {why}. Stop what listens there, or choose: bin/up --port {port + 1}."
        ) from error


def is_healthy(url: str) -> bool:
    """Does the product say it is ready?"""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def is_listening(log: Path, said_before: int) -> bool:
    """Whether the worker logged, beyond so many bytes, that it waits for work."""
    return b" ready." in log.read_bytes()[said_before:]


def _stop(supervisor: Supervisor) -> None:
    try:
        supervisor.stop()
    except KeyboardInterrupt:
        supervisor.kill()


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
