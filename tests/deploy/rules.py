"""What stands in deploy/: the alerts and the board, and which metrics they name."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from config.env import CHECKOUT

PROMTOOL, PROMETHEUS = shutil.which("promtool"), shutil.which("prometheus")
NOT_INSTALLED = "Prometheus is not installed: apt-get install prometheus"
FOLDER = CHECKOUT / "deploy" / "prometheus"
_METRIC = re.compile(r"\b(?:socialapp|process)_\w+")


def alerts() -> list[dict[str, Any]]:
    """Each rule of alerts.yml."""
    (group,) = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return list(group["rules"])


def board_queries() -> list[str]:
    """Each query of the board."""
    board = json.loads((CHECKOUT / "deploy" / "grafana" / "socialapp.json").read_text())
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]


def metrics_in(query: str) -> set[str]:
    """The metrics that a query names; a histogram and a counter by their own names."""
    return {re.sub(r"(?<=_seconds)_(bucket|count|sum)$|_total$", "", name) for name in _METRIC.findall(query)}


def promtool(*command: str | Path) -> str:
    """Run it to its end; what it printed. Fails with that."""
    assert PROMTOOL
    done = subprocess.run([PROMTOOL, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
