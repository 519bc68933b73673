"""Who may join, until an admin says otherwise, and where those are who log in."""

import os
import re
from functools import cached_property
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.env.reading import Variables

MODES = ("open", "approval", "invitation", "closed")
_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)


class Signup(Variables):
    """How people join and log in."""

    @cached_property
    def sign_up(self) -> str:
        value = self.named("SOCIALAPP_SIGN_UP") or MODES[0]
        if value not in MODES:
            raise ImproperlyConfigured(f"SOCIALAPP_SIGN_UP: {value} must be one of {', '.join(MODES)}.")
        return value

    @cached_property
    def captcha(self) -> str:
        """The dotted path of a class, which is imported when the first form is shown; "" for none."""
        value = self.named("SOCIALAPP_CAPTCHA") or ""
        if value and not _PATH.fullmatch(value):
            raise ImproperlyConfigured(f"SOCIALAPP_CAPTCHA: {value} must look like package.module.Class.")
        return value

    @cached_property
    def geoip(self) -> str:
        """A file that can be read, by which addresses have places; "" for none."""
        value = self.named("SOCIALAPP_GEOIP") or ""
        if value and not (Path(value).is_absolute() and Path(value).is_file() and os.access(value, os.R_OK)):
            raise ImproperlyConfigured(f"SOCIALAPP_GEOIP: {value} must be the whole path of a file that can be read.")
        if value and not _is_list_of_places(Path(value)):
            raise ImproperlyConfigured(f"SOCIALAPP_GEOIP: {value} is not in MaxMind's format (a .mmdb file).")
        return value


def _is_list_of_places(file: Path) -> bool:
    """MaxMind DB 2.0: the description stands in the last 128 KiB, behind this mark."""
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - 128 * 1024))
        return b"\xab\xcd\xefMaxMind.com" in opened.read()
