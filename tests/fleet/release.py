"""A next release of the product: a copy of this one with one more migration."""

import shutil
import subprocess
from pathlib import Path

from config.env import CHECKOUT

# On the table that is written to most; old code goes on writing to it.
MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reactions", "{last}")]
    operations = [migrations.RunSQL("ALTER TABLE reactions_like ADD COLUMN of_the_next_release text")]
"""


def next_release(folder: Path) -> Path:
    """Returns its checkout."""
    listed = ["git", "-C", str(CHECKOUT), "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, check=True, capture_output=True, text=True, timeout=60).stdout
    for file in files.splitlines():
        if (CHECKOUT / file).exists():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / file, folder / file)
    migrations = folder / "reactions" / "migrations"
    last = max(path.stem for path in migrations.glob("0*.py"))
    (migrations / "9999_next_release.py").write_text(MIGRATION.format(last=last))
    return folder
