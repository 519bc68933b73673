"""A small disk in memory for PostgreSQL's files, so that it can be filled without harm to anybody else's."""

import os
import shutil
import subprocess
from pathlib import Path

SIZE_MB = 768
PIECE = b"\0" * 65_536


class MemoryDisk:
    """A tmpfs; where `bin/up` looks for PostgreSQL's cluster, a link leads to it. `reason`: why there is none."""

    def __init__(self, data: Path) -> None:
        self.place = data / "disk"
        self.reason = ""
        self._ballast = self.place / "ballast"
        if os.geteuid() != 0:
            self.reason = "only root can mount a small disk"
            return
        self.place.mkdir(mode=0o711)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=711", "socialapp-chaos", str(self.place)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            self.reason = f"a small disk cannot be mounted here: {done.stderr.strip()}"

    def take(self, cluster: Path) -> None:
        """That cluster, which does not run, lies here from now on."""
        here = self.place / "postgres"
        subprocess.run(["cp", "--archive", str(cluster), str(here)], check=True)  # noqa: S607
        shutil.rmtree(cluster)
        cluster.symlink_to(here)

    def fill(self) -> None:
        """To the last byte."""
        with self._ballast.open("ab", buffering=0) as file:
            try:
                os.posix_fallocate(file.fileno(), 0, max(shutil.disk_usage(self.place).free - 4_096, 1))
                while True:
                    file.write(PIECE)
            except OSError:
                return

    def free(self) -> None:
        """As before."""
        self._ballast.unlink(missing_ok=True)

    def unmount(self, *, keep: bool) -> None:
        """For good. With `keep`, what was on it is where the link was."""
        if self.reason:
            return
        link = self.place.parent / "postgres"
        if keep and link.is_symlink():
            link.unlink()
            subprocess.run(["cp", "--archive", str(self.place / "postgres"), str(link)], check=False)  # noqa: S607
        subprocess.run(["umount", "--lazy", str(self.place)], check=False)  # noqa: S607
