"""Who may join, until an admin says otherwise."""

import re
from functools import cached_property

from django.core.exceptions import ImproperlyConfigured

from config.env.reading import Variables

MODES = ("open", "approval", "invitation", "closed")
_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)


class Signup(Variables):
    """How people join."""

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
