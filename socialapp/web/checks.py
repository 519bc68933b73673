"""Checks of `manage.py check --deploy` for settings of a site on the internet."""

from typing import Any

from django.conf import settings
from django.core import checks

PROXIES = checks.Warning(
    "SOCIALAPP_URL is https, so a proxy stands in front, and SOCIALAPP_PROXIES does not say how many do.",
    hint="Set SOCIALAPP_PROXIES=1, or as many as append to X-Forwarded-For: until then all people share one limit on "
    "log-in, sign-up and password reset, and the three rooms that each web process has for slow bodies of one address: "
    "one of them can use these up for everybody, and a body that is late has the proxy's connections cut. Set it to 0 "
    "when none does.",
    id="socialapp.W001",
)


@checks.register(checks.Tags.security, deploy=True)
def proxies_are_counted(**_options: Any) -> list[checks.CheckMessage]:
    """Warn if an https site does not set SOCIALAPP_PROXIES; an explicit 0 is accepted."""
    is_https = settings.PUBLIC_URL.startswith("https://")
    return [PROXIES] if is_https and settings.PROXIES is None else []
