"""Faults reach Sentry and traces reach a collector where one is named: without secrets, texts or people in them."""

import gzip
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connection

from bin.runtime import environment
from config.env import CHECKOUT, env

traces = pytest.importorskip(
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="pip install -r requirements-observe.txt"
)
SECRET = "1z-hidden-key"
# A process of ours in which a request fails, a task fails, and a request is well.
SCRIPT = f"""
import logging
import django; django.setup()
from unittest.mock import patch
from django.db import IntegrityError, connection
from django.test import RequestFactory
from config.wsgi import application
from socialapp.messaging.tasks import consume

def fail(*_args, **_kwargs):
    text_of_a_person = "hidden words"
    raise IntegrityError("duplicate key\\nDETAIL:  Key (email)=(hidden@example.org) already exists.")

def get(path, **headers):
    headers = {{"Host": "127.0.0.1:8000", "Referer": "http://127.0.0.1:8000/search/?q=hidden", **headers}}
    started = []
    answer = application(RequestFactory().get(path, headers=headers).environ, lambda *head: started.append(head[0]))
    b"".join(answer)
    answer.close()
    return int(started[0][:3])

with patch("django.contrib.sessions.middleware.SessionMiddleware.process_request", fail):
    assert get("/accounts/password/reset/key/{SECRET}/?q=hidden", Cookie="sessionid=hidden") == 500
with patch("socialapp.messaging.consumer.consume", fail):
    consume.apply(throw=False)
assert get("/unsubscribe/{SECRET}/?q=hidden") < 500
assert get("/readyz", Host="10.0.0.7") == 200
assert get("/public/") == 200
assert get("/public/", Host="evil.example") == 400
with connection.cursor() as cursor:
    cursor.execute("SELECT %s", ["hidden value"])
    for wrong in ("SELECT nowhere, %s", "SELECT DISTINCT %s::date"):
        try:
            cursor.execute(wrong, ["hidden value"])
        except Exception:
            logging.getLogger("ours").exception("A statement failed.")
"""


@dataclass
class Receiver:
    """Takes what is posted to it, by path."""

    port: int
    bodies: list[tuple[str, bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            found.bodies.append((self.path, body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name it has
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def database_url() -> str:
    """Of the tests' own database."""
    return re.sub(r"/[^/]*$", f"/{connection.settings_dict['NAME']}", env.database_url)


def run(script: str, **variables: str) -> str:
    """A process of ours to its end, on the servers of the tests; what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        env=env.of_children(data=env.data, public_url=env.public_url) | {"DATABASE_URL": database_url()} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def events(receiver: Receiver) -> list[dict[str, Any]]:
    """What Sentry would show: the items of envelopes that are events (its developer docs, Envelopes)."""
    found = []
    for path, body in receiver.bodies:
        assert path == "/api/42/envelope/"
        _envelope, *items = body.split(b"\n")
        for head, item in zip(items[::2], items[1::2], strict=False):
            if json.loads(head)["type"] == "event":
                found.append(json.loads(item))
    return found


def test_what_fails_in_web_and_workers_is_reported_to_sentry_without_people(receiver: Receiver, db: None) -> None:
    run(
        SCRIPT + "import sentry_sdk; sentry_sdk.flush()",
        SOCIALAPP_SENTRY_DSN=f"http://key@127.0.0.1:{receiver.port}/42",
    )
    found = events(receiver)
    kinds = {event["exception"]["values"][-1]["type"] for event in found if "exception" in event}
    assert kinds == {"IntegrityError", "ProgrammingError", "DataError"}
    of_web = next(event for event in found if "request" in event)
    assert len([event for event in found if "logentry" not in event]) == 2
    assert of_web["request"]["url"] == "http://127.0.0.1:8000/accounts/password/reset/key/…"
    assert of_web["exception"]["values"][-1]["value"] == "duplicate key\nDETAIL: …"
    assert of_web["release"].startswith("socialapp@")
    assert "socialapp.messaging.tasks.consume" in {event.get("transaction") for event in found}
    for _path, body in receiver.bodies:
        assert b"hidden" not in body


def test_requests_tasks_and_statements_are_traced_to_a_collector_without_secrets(receiver: Receiver, db: None) -> None:
    run(
        SCRIPT,
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{receiver.port}",
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment=here",
    )
    spans: list[Any] = []
    resources: dict[str, str] = {}
    for path, body in receiver.bodies:
        assert path == "/v1/traces"
        sent = traces.ExportTraceServiceRequest.FromString(body)
        for resource in sent.resource_spans:
            resources |= {each.key: each.value.string_value for each in resource.resource.attributes}
            spans += [span for scope in resource.scope_spans for span in scope.spans]
    assert (resources["service.name"], resources["deployment.environment"]) == ("socialapp", "here")
    names = {span.name for span in spans}
    assert any(name.startswith("GET unsubscribe/") for name in names), names
    assert any("socialapp.messaging.tasks.consume" in name for name in names), names
    assert "SELECT" in names
    assert not any("readyz" in name for name in names), names
    requests = [span for span in spans if span.name.startswith("GET unsubscribe/")]
    values = {each.key: each.value.string_value for each in requests[0].attributes}
    assert "/unsubscribe/…" in values.values() or "http://127.0.0.1:8000/unsubscribe/…" in values.values(), values
    (public,) = [span for span in spans if span.name == "GET public/"]
    assert "SELECT" in {span.name for span in spans if span.parent_span_id == public.span_id}
    for span in spans:
        texts = [each.value.string_value for each in span.attributes]
        assert not any(hidden in text for text in texts for hidden in (SECRET, "q=hidden", "hidden value")), texts
    failed = [event for span in spans for event in span.events if event.name == "exception"]
    assert {each.value.string_value for event in failed for each in event.attributes} >= {
        "psycopg2.errors.UndefinedColumn",
        'column "nowhere" does not exist\nLINE 1: …',
        "invalid input syntax for type date: …",
    }
    for _path, body in receiver.bodies:
        assert b"hidden value" not in body
        assert b"hidden@example.org" not in body


def test_nothing_of_either_is_imported_where_none_is_named() -> None:
    script = (
        "import sys, config.wsgi; from django.urls import get_resolver; get_resolver().url_patterns; "
        # redis itself imports a part of OpenTelemetry's SDK where it is installed.
        "print([name for name in sys.modules if name.startswith(('sentry_sdk', 'opentelemetry.instrumentation'))])"
    )
    assert run(script, SOCIALAPP_SENTRY_DSN="", OTEL_EXPORTER_OTLP_ENDPOINT="") == "[]\n"


@pytest.mark.parametrize("variable", environment.EXTRAS["requirements-observe.txt"])
def test_what_they_need_is_installed_when_one_is_named(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(variable, raising=False)
    assert "requirements-observe.txt" not in environment._files("run")
    monkeypatch.setenv(variable, "x")
    assert "requirements-observe.txt" in environment._files("run")
