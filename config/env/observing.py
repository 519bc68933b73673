"""Logs, metrics, faults and traces."""

import os
import re
from functools import cached_property

from django.core.exceptions import ImproperlyConfigured

from config.env.hosts import check_server
from config.env.keys import FEWEST_LETTERS
from config.env.reading import Variables, check_installed, parts_of

SHORTEST_TOKEN = 20
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, 2.1


class Observing(Variables):
    """What is logged, counted, reported and traced."""

    @cached_property
    def access_log(self) -> bool:
        named = os.environ.get("SOCIALAPP_ACCESS_LOG") or "0"
        if named not in {"0", "1"}:
            raise ImproperlyConfigured(f"SOCIALAPP_ACCESS_LOG: {named} must be 1 or 0.")
        return named == "1"

    @cached_property
    def log(self) -> str:
        named = os.environ.get("SOCIALAPP_LOG") or "text"
        if named not in {"text", "json"}:
            raise ImproperlyConfigured(f"SOCIALAPP_LOG: {named} must be text or json.")
        return named

    @cached_property
    def metrics(self) -> str | None:
        """The token with which metrics are read."""
        token = self.named("SOCIALAPP_METRICS")
        if token and not (
            _TOKEN.fullmatch(token) and len(token) >= SHORTEST_TOKEN and len(set(token)) >= FEWEST_LETTERS
        ):
            raise ImproperlyConfigured(
                f"SOCIALAPP_METRICS must be a token of {SHORTEST_TOKEN} characters or more, of ASCII letters, digits "
                "and - . _ ~ + /. Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'."
            )
        return token

    def count_in(self, folder: str) -> None:
        """Let prometheus_client keep what it counts in files of this folder, for all processes."""
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder

    @cached_property
    def sentry_dsn(self) -> str | None:
        dsn = self.named("SOCIALAPP_SENTRY_DSN")
        parts = parts_of("SOCIALAPP_SENTRY_DSN", dsn or "")
        project = parts.path.rpartition("/")[2]
        if dsn and not (
            parts.scheme in {"http", "https"} and parts.username and parts.hostname and project.isdecimal()
        ):
            raise ImproperlyConfigured("SOCIALAPP_SENTRY_DSN must look like https://key@sentry.example/42.")
        if dsn:
            check_server("SOCIALAPP_SENTRY_DSN", parts)
            check_installed("SOCIALAPP_SENTRY_DSN", "requirements-observe.txt", "sentry_sdk")
        return dsn

    @cached_property
    def otlp_endpoint(self) -> str | None:
        url = self.named("OTEL_EXPORTER_OTLP_ENDPOINT")
        parts = parts_of("OTEL_EXPORTER_OTLP_ENDPOINT", url or "")
        if url and not (parts.scheme in {"http", "https"} and parts.hostname):
            raise ImproperlyConfigured("OTEL_EXPORTER_OTLP_ENDPOINT must look like http://collector.example:4318.")
        if url:
            check_server("OTEL_EXPORTER_OTLP_ENDPOINT", parts)
            check_installed("OTEL_EXPORTER_OTLP_ENDPOINT", "requirements-observe.txt", "opentelemetry")
        return url
