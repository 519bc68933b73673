"""Which process of the product this is, by how it was started."""

import sys


def role(command: list[str], inherited: str = "") -> str:
    """web, live, worker, worker-outside, beat, manage, up; of a child that tells nothing, its parent's.

    >>> role(["python", "-m", "celery", "-A", "config", "worker", "--queues", "email,push,webhook"])
    'worker-outside'
    """
    words = " ".join(command)
    if " celery " in words and " worker " in words:
        queues = command[command.index("--queues") + 1]
        return "worker" if queues.startswith("messages") else "worker-outside"
    marks = {
        "config.web": "web",
        "config.live": "live",
        "config.beat": "beat",
        "bin.runtime": "up",
        "bin.fakes": "fakes",
        "manage.py": "manage",
    }
    return next((name for mark, name in marks.items() if mark in words), inherited)


def own_role(inherited: str) -> str:
    """Of this process."""
    return role(sys.orig_argv, inherited)
