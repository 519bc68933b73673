"""Templates are indented for readers; they are sent with one space in place of it, so that layout costs no bytes."""

import re

from django.template import Origin
from django.template.loaders import app_directories, filesystem

from config.env import CHECKOUT

# Not those of packages, whose texts may be translated with the whitespace in them.
OURS = tuple(f"{CHECKOUT / part}/" for part in ("config", "socialapp", "reactions", "notifications"))
INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


def without_indentation(contents: str, origin: Origin) -> str:
    """The HTML of a template of ours, on the same lines. `tests/architecture/test_templates.py` knows what it asks."""
    name = str(origin.name)
    return INDENTATION.sub(" ", contents) if name.endswith(".html") and name.startswith(OURS) else contents


class Filesystem(filesystem.Loader):
    """Loads templates from `DIRS`."""

    def get_contents(self, origin: Origin) -> str:
        """Return the template without its indentation."""
        return without_indentation(super().get_contents(origin), origin)


class AppDirectories(app_directories.Loader):
    """Loads templates from the apps."""

    def get_contents(self, origin: Origin) -> str:
        """Return the template without its indentation."""
        return without_indentation(super().get_contents(origin), origin)
