"""What deploy/ ships: each file starts what `bin/run` knows, forgets no queue, and is what its tools take for valid."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands, load_command_class

from bin.runtime import options
from bin.runtime.processes import QUEUES
from config.celery import app
from config.env import CHECKOUT

DEPLOY = CHECKOUT / "deploy"
UNITS = sorted(path.name for path in (DEPLOY / "systemd").glob("*.service"))
BACKUP = "socialapp-backup.service"
# Of ten times the exposure that systemd-analyze computes: 96 is a service without any protection.
MOST_EXPOSED = 20
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(
    not SYSTEMD_ANALYZE, reason="systemd-analyze is not installed: apt-get install systemd"
)


def compose() -> dict[str, Any]:
    """Its services."""
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return services


def by_systemd() -> list[str]:
    """What follows `bin/run` in each unit; of the one that has its port as its name, with one."""
    texts = [(DEPLOY / "systemd" / name).read_text().replace("%i", "8001") for name in UNITS]
    return [
        line for text in texts for line in re.findall(r"^ExecStart=/opt/socialapp/bin/run (.+)$", text, re.MULTILINE)
    ]


def by_compose() -> list[str]:
    return [service["command"] for service in compose().values() if service["image"] == "socialapp"]


def by_procfile() -> list[str]:
    lines = (DEPLOY / "Procfile").read_text().splitlines()
    return [line.partition(": bin/run ")[2].replace("$PORT", "5000") for line in lines]


@pytest.mark.parametrize("typed", [by_systemd(), by_compose(), by_procfile()], ids=["systemd", "compose", "Procfile"])
def test_all_that_is_started_is_known_and_each_queue_is_served(typed: list[str]) -> None:
    started = [options.run(line.split()).process for line in typed]
    assert {"web", "live", "beat", "prepare"} <= set(started)
    served = {queue for name in started for queue in QUEUES.get(name, [])}
    periodic = {entry["options"]["queue"] for entry in app.conf.beat_schedule.values()}
    assert served == {*settings.QUEUE_TASKS, *periodic}


def test_each_unit_starts_one_process() -> None:
    assert len(by_systemd()) == len([*UNITS]) - len([BACKUP])


def test_the_backup_is_written_where_its_unit_may_write() -> None:
    text = (DEPLOY / "systemd" / BACKUP).read_text()
    (words,) = re.findall(
        r"^ExecStart=/opt/socialapp/.venv/bin/python /opt/socialapp/manage.py (.+)$", text, re.MULTILINE
    )
    command, *typed = words.split()
    chosen = load_command_class(get_commands()[command], command).create_parser("manage.py", command).parse_args(typed)
    assert f"\nReadWritePaths={chosen.place}\n" in text


@pytest.mark.parametrize("page", ["operations.md", "upgrading.md"])
def test_each_unit_that_the_docs_name_is_here(page: str) -> None:
    """With the number or the port, where it has one."""
    text = (CHECKOUT / "docs" / page).read_text()
    commands = [line for line in text.splitlines() if "systemctl" in line or line.startswith("    socialapp-")]
    units = set(re.findall(r"socialapp-[a-z]+@?", "\n".join(commands)))
    here = {path.stem for path in (DEPLOY / "systemd").iterdir()}
    assert len(units) >= 5
    assert units <= here


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as they are installed, but for a checkout that is here."""
    folder = tmp_path / "systemd"
    shutil.copytree(DEPLOY / "systemd", folder)
    for path in [*folder.glob("*.service"), *folder.glob("*.target")]:
        path.write_text(path.read_text().replace("/opt/socialapp", str(CHECKOUT)))
    return folder


def analyze(*typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(SYSTEMD_ANALYZE), *typed], capture_output=True, text=True, check=False)


@needs_systemd
def test_systemd_finds_nothing_to_say_about_the_units(units: Path) -> None:
    verified = analyze("verify", *map(str, [*units.glob("*.service"), *units.glob("*.target")]))
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_a_service_may_do_little(unit: str, units: Path) -> None:
    secure = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(units / unit))
    assert secure.returncode == 0, secure.stdout + secure.stderr


def test_each_process_of_compose_is_shut_in() -> None:
    ours = [service for service in compose().values() if service["image"] == "socialapp"]
    for service in ours:
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["stop_grace_period"] == "60s"
    assert re.search(r"^USER (?!0)\d+:\d+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)


def test_each_image_is_pinned_by_version() -> None:
    theirs = [service["image"] for service in compose().values() if service["image"] != "socialapp"]
    bases = re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert len(theirs) == 3
    assert [image for image in theirs + bases if not re.search(r":\d+\.\d+", image)] == []


def test_compose_leads_the_proxy_to_where_the_processes_listen() -> None:
    proxy = compose()["proxy"]["environment"]
    for variable, service in {"WEB": "web", "LIVE": "live"}.items():
        assert proxy[variable] == f"{service}:{options.run(compose()[service]['command'].split()).port}"
    used = set(re.findall(r"\{\$(\w+):", (DEPLOY / "Caddyfile").read_text()))
    assert used == set(proxy)


def test_what_the_image_leaves_out_is_not_needed(tmp_path: Path) -> None:
    lines = [line for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    image = tmp_path / "image"
    shutil.copytree(CHECKOUT, image, ignore=shutil.ignore_patterns(*(line.removeprefix("**/") for line in lines)))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    checked = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=image, env=environment, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert not (image / "tests").exists()
