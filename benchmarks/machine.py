"""What the figures were measured on."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from config.env import CHECKOUT


def machine() -> dict[str, Any]:
    """Without its name or address: only what times depend on."""
    return {
        "processor": _field("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int((_field("/proc/meminfo", "MemTotal") or "0").split()[0]) / 1_048_576),
        "kernel": platform.release().partition("-")[0],
        "python": platform.python_version(),
        "commit": _commit(),
    }


def told(found: dict[str, Any]) -> str:
    """As a sentence's part."""
    return (
        f"{found['cores']} cores of {found['processor'] or 'an unnamed processor'}, {found['memory_gb']} GB, "
        f"Linux {found['kernel']}, Python {found['python']}, commit {found['commit'] or 'unknown'}"
    )


def _field(path: str, name: str) -> str:
    """Of a file in /proc; empty when there is none."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _commit() -> str:
    """Empty outside a git checkout."""
    try:
        done = subprocess.run(
            ["git", "-C", str(CHECKOUT), "rev-parse", "--short", "HEAD"],  # noqa: S607
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        return ""
    return done.stdout.strip()
