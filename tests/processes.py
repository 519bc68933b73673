"""What runs on this machine, for tests that stop and kill what they started."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """One of them."""

    id: int
    parent_id: int
    command: str


def processes() -> list[Process]:
    """All, as of now."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent_id = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:  # gone meanwhile
            continue
        found.append(Process(int(folder.name), parent_id, command))
    return found
