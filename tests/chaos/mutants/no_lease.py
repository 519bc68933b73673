"""No lease: what one worker is sending is due for the next one."""

from datetime import timedelta

from tests.chaos.injected.hooks import replace


def apply() -> None:
    replace("notifications.deliveries.lease", "LEASE", lambda _: timedelta(0))
