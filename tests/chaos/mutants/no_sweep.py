"""No sweep: what no ring told of is not looked for."""

from types import ModuleType

from tests.chaos.injected.hooks import when_imported


def apply() -> None:
    when_imported("config.settings", _forget_sweep)


def _forget_sweep(settings: ModuleType) -> None:
    del settings.CELERY_BEAT_SCHEDULE["sweep"]
