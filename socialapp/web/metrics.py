"""What Prometheus reads at /metrics: the requests and the health of this host, and what the database says of all."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

CHALLENGE = 'Bearer realm="metrics"'


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a request that has the token of SOCIALAPP_METRICS with all metrics, in Prometheus's text format.

    404 when no token is set, 401 when another one is sent.
    """
    if not settings.METRICS_TOKEN:
        return HttpResponse(status=404, content_type="text/plain")
    if not is_allowed(request.META.get("HTTP_AUTHORIZATION", "")):
        return HttpResponse(status=401, content_type="text/plain", headers={"WWW-Authenticate": CHALLENGE})
    # Imported where metrics are wanted only: it takes memory.
    from socialapp.web.request_metrics import exposition

    content_type, text = exposition()
    return HttpResponse(text, content_type=content_type)


def is_allowed(authorization: str) -> bool:
    """Return whether this header has the token of SOCIALAPP_METRICS."""
    scheme, _, token = authorization.partition(" ")
    expected = settings.METRICS_TOKEN or ""
    return bool(expected) and scheme.lower() == "bearer" and constant_time_compare(token.strip(), expected)


def count_limit(kind: str) -> None:
    """Count a request that went beyond a limit of this kind, where metrics are wanted."""
    if settings.METRICS_TOKEN:
        from socialapp.web.request_metrics import LIMITS

        LIMITS.labels(kind).inc()
