"""What Prometheus reads at /live/metrics of one live process. Imported only where SOCIALAPP_METRICS is set."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest


def exposition(*, streams: int, people: int, most_streams: int, refused: Mapping[int, int]) -> tuple[str, bytes]:
    """Return the content type and the text: the streams of this process, its memory, processor time and files.

    `refused` is how many requests were, by status: 429 and 503 are limits that were hit.
    """
    registry = CollectorRegistry()
    for name, text, value in (
        ("socialapp_live_streams", "Streams that are open.", streams),
        ("socialapp_live_people", "People who have one.", people),
        ("socialapp_live_streams_max", "Streams that may be open at once.", most_streams),
    ):
        Gauge(name, text, registry=registry).set(value)
    refusals = Counter("socialapp_live_refused", "Requests that were refused.", ["status"], registry=registry)
    for status, number in refused.items():
        refusals.labels(str(status)).inc(number)
    ProcessCollector(registry=registry)
    return CONTENT_TYPE_LATEST, generate_latest(registry)
