"""Reports faults to Sentry and traces to an OpenTelemetry collector, where the environment names one.

Nothing of either is imported otherwise: it takes memory.
"""

import re
from collections.abc import Sequence
from copy import copy
from typing import Any

from django.conf import settings
from django.http import HttpRequest

import socialapp
from config.env import env
from socialapp.web.access_log import without_secrets
from socialapp.web.hosts import PROBES

# Where the words of PostgreSQL's errors go on with the values of a row or of a statement.
_VALUES = re.compile(r"\b(DETAIL|CONTEXT|PARAMETERS|LINE \d+|invalid input \w+ for [\w ]+):.*", re.DOTALL)
# Span attributes that have a path or a query, by the old and the new semantic conventions, and what replaces them.
_ADDRESSES = {"http.target": "{1}", "http.url": "{0}{1}", "url.full": "{0}{1}", "url.path": "{1}", "url.query": "…"}


def begin() -> None:
    """Begin in this process. Called before Django loads its middleware."""
    if env.sentry_dsn:
        _begin_sentry(env.sentry_dsn)
    if env.otlp_endpoint:
        _begin_tracing()


def _begin_sentry(dsn: str) -> None:
    """Report unexpected exceptions and logged errors of web, live and workers: where, without the people."""
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.integrations.logging import ignore_logger

    sentry_sdk.init(
        dsn=dsn,
        release=f"socialapp@{socialapp.__version__}",
        integrations=[DjangoIntegration(), CeleryIntegration()],
        auto_enabling_integrations=False,
        send_default_pii=False,
        # Texts and tokens are in variables and bodies; addresses of webhooks and browsers are in the calls before.
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=_without_people,
    )
    # Any stranger can name another host.
    ignore_logger("django.security.DisallowedHost")


def _without_people(event: Any, _hint: Any) -> Any:
    request = event.get("request", {})
    request.pop("query_string", None)
    request.get("headers", {}).pop("Referer", None)  # the page before, with its query
    return _scrubbed(event)


def _scrubbed(value: Any) -> Any:
    """Return a value of JSON without the keys that paths have, and without the rows that errors quote."""
    if isinstance(value, str):
        return _VALUES.sub(r"\1: …", without_secrets(value))
    if isinstance(value, dict):
        return {name: _scrubbed(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(inner) for inner in value]
    return value


def _begin_tracing() -> None:
    """Trace requests, tasks and statements. Where to, how many and under which name, OTEL_… variables say."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.instrumentation.psycopg2 import Psycopg2Instrumentor
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    class Exporter(OTLPSpanExporter):  # type: ignore[misc]
        """Sends what failed without the values that errors quote."""

        def export(self, spans: Sequence[ReadableSpan]) -> Any:
            return super().export([_without_values(span) for span in spans])

    ours = Resource({"service.name": "socialapp", "service.version": socialapp.__version__})
    provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(Exporter()))
    trace.set_tracer_provider(provider)
    # Behind Hosts: it asks for the address of a request, which is made of SOCIALAPP_URL there.
    DjangoInstrumentor().instrument(
        middleware_position=settings.MIDDLEWARE.index("socialapp.web.hosts.Hosts") + 1,
        excluded_urls=",".join(f"{probe}$" for probe in sorted(PROBES)),
        request_hook=_name_no_secret,
    )
    CeleryInstrumentor().instrument()
    Psycopg2Instrumentor().instrument(skip_dep_check=True)  # it looks for psycopg2 under another name


def _without_values(span: Any) -> Any:
    """Return a span that ended with other texts of its exceptions. There is no hook for these."""
    from opentelemetry.sdk.trace import Event
    from opentelemetry.trace import Status

    if span.status.is_unset and not span.events:
        return span
    found = copy(span)
    found._status = Status(span.status.status_code, _scrubbed(span.status.description))
    found._events = [Event(each.name, _scrubbed(dict(each.attributes)), each.timestamp) for each in span.events]
    return found


def _name_no_secret(span: Any, request: HttpRequest) -> None:
    """Replace what the address of a request stands in, without its query."""
    path = without_secrets(request.path)
    named = getattr(span, "attributes", {})  # one that is not sampled has none
    for name in named.keys() & _ADDRESSES.keys():
        span.set_attribute(name, _ADDRESSES[name].format(settings.PUBLIC_URL, path))
