"""Measures requests, and collects all metrics. Imported only where SOCIALAPP_METRICS is set.

Processes share what they count by files of prometheus_client's multiprocess mode, where config.web made a folder for
them: whichever process answers, the figures are those of all.
"""

import time
from collections.abc import Callable, Iterator
from shutil import disk_usage

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string
from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

import socialapp
from socialapp.web import health

TIMES = Histogram(
    "socialapp_http_request_seconds",
    "Time until an answer began. The route `none`: static files, pictures, and what is no route.",
    ["route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=None,
)
LIMITS = Counter("socialapp_limits_hit", "Requests beyond a limit, by what is limited.", ["kind"], registry=None)


class RequestMetrics:
    """Observes how long each request took, by the name of its route and its status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        # Found at a tenth of the price of `TIMES.labels`.
        self._observe: dict[tuple[str, int], Callable[[float], None]] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        start = time.perf_counter()
        answer = self.get_response(request)
        took = time.perf_counter() - start
        match = request.resolver_match
        key = (match.view_name if match else "none", answer.status_code)
        if not (observe := self._observe.get(key)):
            observe = self._observe[key] = TIMES.labels(*key).observe
        observe(took)
        return answer


class Host(Collector):
    """The health of this host, as /readyz has it, and its disks."""

    def collect(self) -> Iterator[Metric]:
        version = GaugeMetricFamily("socialapp_build_info", "The version that runs.", labels=["version"])
        version.add_metric([socialapp.__version__], 1)
        yield version
        faults = health.faults()
        ready = GaugeMetricFamily("socialapp_ready", "Whether a part works: 1, or 0, as in /readyz.", labels=["part"])
        for part in health.CHECKS:
            ready.add_metric([part], part not in faults)
        yield ready
        free = GaugeMetricFamily("socialapp_disk_free_bytes", "Free space where a folder lies.", labels=["folder"])
        total = GaugeMetricFamily("socialapp_disk_bytes", "All space where a folder lies.", labels=["folder"])
        for name, folder in (("data", settings.DATA), ("media", settings.MEDIA_ROOT)):
            if folder.exists():
                usage = disk_usage(folder)
                free.add_metric([name], usage.free)
                total.add_metric([name], usage.total)
        yield from (free, total)


def exposition() -> tuple[str, bytes]:
    """Return the content type and the text of all metrics."""
    registry = CollectorRegistry()
    if values.ValueClass._multiprocess:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(TIMES)
        registry.register(LIMITS)
    registry.register(Host())
    for path in settings.METRIC_SOURCES:
        registry.register(import_string(path)())
    return CONTENT_TYPE_LATEST, generate_latest(registry)
