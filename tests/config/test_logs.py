"""What is written to logs, and what bounds it."""

import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextvars import copy_context
from copy import deepcopy
from itertools import product
from logging.config import DictConfigurator
from pathlib import Path
from typing import Any

import pytest
from celery import shared_task
from django.conf import LazySettings, settings
from django.core.exceptions import BadRequest, ImproperlyConfigured, PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.test import Client, override_settings
from django.urls import get_resolver

from bin.runtime import supervisor
from bin.runtime.supervisor import Program, Supervisor
from config import logs
from config.env import Environment
from config.settings import _LINES as LINES
from config.settings import MIDDLEWARE
from socialapp.users.models import Person
from socialapp.web.access_log import SECRET_PATHS
from socialapp.web.slow_bodies import TooManySlow
from tests.people import logged_in

WITH_ACCESS_LOG = ["socialapp.web.access_log.AccessLog", *MIDDLEWARE]


@pytest.fixture
def written() -> Iterator[list[str]]:
    """The lines that a handler with the filter writes for the logger `flood`."""
    lines: list[str] = []

    class Written(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.getMessage()}{record.more}")  # type: ignore[attr-defined]

    handler = Written()
    handler.addFilter(logs.Bounded())
    logger = logging.getLogger("flood")
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


def fail(number: int, error: type[Exception] = ValueError) -> None:
    try:
        raise error(number)
    except error:
        logging.getLogger("flood").exception(f"no. {number}")  # noqa: G004  as some libraries do


def test_a_flood_of_one_fault_is_five_lines_and_another_fault_is_written(written: list[str]) -> None:
    for number in range(1_000):
        fail(number)
    assert written == ["no. 0", "no. 1", "no. 2", "no. 3", "no. 4"]
    fail(7, KeyError)
    assert written[5:] == ["no. 7"]


def test_later_it_is_said_how_many_there_were(written: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(100):
        fail(number)
    monkeypatch.setattr(logs, "MINUTE_S", -1.0)
    fail(100)
    assert written[5:] == ["no. 100 (95 more like it since 0 s)"]


def test_what_is_no_warning_is_written_each_time(written: list[str]) -> None:
    logging.getLogger("flood").setLevel("INFO")
    for number in range(100):
        logging.getLogger("flood").info("%d", number)
    assert len(written) == 100


def test_logs_rotate_while_their_program_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOG_SIZE", 50_000)
    program = Program("chatty", [sys.executable, "-uc", "for line in open(0): print(line, end='')"])
    over = Supervisor(tmp_path / "log", {})
    log = over.log_of(program)
    over.programs.append(program)
    with log.open("ab") as file:
        writer = subprocess.Popen(program.command, stdin=subprocess.PIPE, stdout=file, text=True)
    assert writer.stdin
    for part in range(8):
        writer.stdin.write(f"{part} {'x' * 60_000}\n")
        writer.stdin.flush()
        while not log.read_bytes().endswith(b"\n"):
            pass
        over.rotate()
        assert log.stat().st_size == 0
    writer.stdin.close()
    assert writer.wait() == 0
    names = sorted(path.name for path in (tmp_path / "log").iterdir())
    assert names == ["chatty.log", "chatty.log.1", "chatty.log.2", "chatty.log.3", "chatty.log.4"]
    kept = [(tmp_path / "log" / f"chatty.log.{n}").read_text().split()[0] for n in (1, 2, 3, 4)]
    assert kept == ["7", "6", "5", "4"]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What a process of ours writes, whatever other handlers there are, and however often; as `request.param` says."""
    monkeypatch.setattr(logs, "BURST", 1_000_000)
    known: Any = deepcopy(settings.LOGGING)
    known["formatters"]["line"] = deepcopy(LINES[getattr(request, "param", "text")])
    configurator = DictConfigurator(known)
    for name, each in known["filters"].items():
        configurator.config["filters"][name] = configurator.configure_filter(each)
    configurator.config["formatters"]["line"] = configurator.configure_formatter(known["formatters"]["line"])
    handler: Any = configurator.configure_handler(known["handlers"]["console"])
    handler.stream = written = io.StringIO()
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def test_a_foreign_host_is_one_line(db: None, log: io.StringIO) -> None:
    assert Client().get("/public/", headers={"Host": "evil.example"}).status_code == 400
    (line,) = log.getvalue().splitlines()
    assert "Invalid HTTP_HOST header: 'evil.example'." in line


def test_a_member_who_opens_the_admin_is_one_line(ada: Person, log: io.StringIO) -> None:
    assert logged_in(ada).get("/admin/", follow=True).status_code == 403
    (line,) = log.getvalue().splitlines()
    assert line.endswith("WARNING django.request: Forbidden (Permission denied): /admin/login/")


@pytest.mark.parametrize(
    ("error", "status"),
    [(PermissionDenied, 403), (BadRequest, 400), (SuspiciousOperation, 400), (TooManySlow, 503), (Http404, 404)],
)
def test_what_is_refused_is_one_line_and_what_fails_has_its_traceback(
    error: type[Exception], status: int, db: None, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[Exception] = [error("No."), RuntimeError("Oh.")]

    def fails(_self: object, _request: object) -> None:
        raise raised.pop(0)

    monkeypatch.setattr("django.contrib.sessions.middleware.SessionMiddleware.process_request", fails)
    browser = Client(raise_request_exception=False)
    assert browser.get("/public/").status_code == status
    assert len(log.getvalue().splitlines()) == 1
    assert browser.get("/public/").status_code == 500
    assert "Traceback" in log.getvalue()


as_json = pytest.mark.parametrize("log", ["json"], indirect=True)


@as_json
def test_as_json_each_line_is_an_object_that_has_the_traceback_and_the_request(db: None, log: io.StringIO) -> None:
    browser = Client()
    answer = browser.get("/nowhere/at/all/")
    try:
        raise ValueError('Oh,\n"no".')
    except ValueError:
        logging.getLogger("anything").exception("Of %s", "Ada")
    refused, failed = map(json.loads, log.getvalue().splitlines())
    assert refused.pop("time").endswith("+00:00")
    assert refused == {
        "level": "WARNING",
        "logger": "django.request",
        "message": "Not Found: /nowhere/at/all/",
        "process": os.getpid(),
        "thread": "MainThread",
        "request_id": answer.headers["X-Request-ID"],
    }
    assert (failed["level"], failed["message"]) == ("ERROR", "Of Ada")
    assert failed["exception"].startswith("Traceback (most recent call last):\n")
    assert failed["exception"].endswith('ValueError: Oh,\n"no".')


@as_json
def test_as_json_no_secret_is_in_the_line_and_the_line_stays_an_object(log: io.StringIO) -> None:
    try:
        raise ValueError(f"/unsubscribe/{SECRET} failed")
    except ValueError:
        logging.getLogger("anything").exception("/accounts/confirm-email/%s", SECRET)
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert line["message"] == "/accounts/confirm-email/…"
    assert line["exception"].endswith("ValueError: /unsubscribe/… failed")
    assert "hidden" not in log.getvalue()


def test_in_text_a_line_has_the_id_of_its_request(db: None, log: io.StringIO) -> None:
    request_id = Client().get("/nowhere/at/all/").headers["X-Request-ID"]
    (line,) = log.getvalue().splitlines()
    assert line.endswith(f" {request_id} WARNING django.request: Not Found: /nowhere/at/all/")


def test_a_line_of_a_task_has_the_id_of_the_task(log: io.StringIO) -> None:
    @shared_task(name="tests.says")
    def says() -> None:
        logging.getLogger("anything").warning("Hello")

    context = copy_context()
    context.run(says.apply, task_id="the-id-of-the-task")
    assert log.getvalue().splitlines()[0].endswith(" the-id-of-the-task WARNING anything: Hello")


def routes(patterns: list[Any], before: str = "/") -> Iterator[tuple[str, set[str]]]:
    """The address of each route, and the names of what varies in it."""
    for pattern in patterns:
        path = before + str(pattern.pattern).removeprefix("^")
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, path)
        else:
            yield path, set(re.findall(r"<(?:\w+:)?(\w+)>", path))


# What varies in addresses and may be read by who reads the log: ids and names. What is here opens no door.
NO_SECRET = {
    "app_label", "content_type_id", "object_id", "url", "username", "name", "verb", "entry_id", "kind", "channel", "pk",
    "size", "removed_follow", "refused_request",
}  # fmt: skip


def test_of_all_routes_what_varies_is_an_id_or_a_name_or_is_kept_out_of_logs() -> None:
    secret = {}
    for path, names in routes(get_resolver().url_patterns):
        if unknown := {name for name in names - NO_SECRET if not name.endswith("_id")}:
            secret[path] = unknown
    assert {path[: re.search(r"[<(]", path).start()] for path in secret} == set(SECRET_PATHS)  # type: ignore[union-attr]


SECRET = "MTI:1abc-hidden:x"


@pytest.mark.parametrize("before", SECRET_PATHS)
def test_no_log_has_what_opens_a_door(before: str, ada: Person, log: io.StringIO, settings: LazySettings) -> None:
    settings.MIDDLEWARE = WITH_ACCESS_LOG
    browser = Client(enforce_csrf_checks=True)
    for first, after in product(("", "%20", "1z-"), ("", "/", "/more/", ").", "%20/", "/%0A")):
        for method, host in (("get", "127.0.0.1"), ("post", "127.0.0.1"), ("get", "evil.example")):
            getattr(browser, method)(f"{before}{first}{SECRET}{after}", headers={"Host": host})
    assert f"{before}…" in log.getvalue()
    assert "hidden" not in log.getvalue()


def test_nor_has_a_traceback(log: io.StringIO) -> None:
    try:
        raise ValueError(f"/unsubscribe/{SECRET}/ failed")
    except ValueError:
        logging.getLogger("anything").exception("Of %s", f"https://social.example/accounts/confirm-email/{SECRET}/")
    assert "hidden" not in log.getvalue()
    assert "ValueError: /unsubscribe/… failed" in log.getvalue()


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the access log holds, without its milliseconds."""
    found = [record.getMessage().split() for record in caplog.records if record.name == "socialapp.web.access_log"]
    return [" ".join([*words[:3], *words[5:]]) for words in found]


@override_settings(MIDDLEWARE=WITH_ACCESS_LOG, PROXIES=1)
def test_the_access_log_has_who_asked_for_what_and_no_query(ada: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    Client().get("/public/?q=secret", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.7"})
    Client().get("/people/no%0Aone/", headers={"X-Forwarded-For": "203.0.113.8"})
    assert lines_of(caplog) == ["GET /public/ 200 203.0.113.7", "GET /people/no%0Aone/ 404 203.0.113.8"]


@override_settings(MIDDLEWARE=WITH_ACCESS_LOG)
@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/unsubscribe/abc:def/", "/unsubscribe/…"),
        ("/unsubscribe/abc:def", "/unsubscribe/…"),
        ("/unsubscribe/abc:def/more", "/unsubscribe/…"),
        ("/accounts/password/reset/key/1z-c2x9-1234abcd/", "/accounts/password/reset/key/…"),
        ("/accounts/confirm-email/MTI:1abc:xyz/", "/accounts/confirm-email/…"),
    ],
)
def test_what_opens_a_door_is_not_in_the_access_log(
    path: str, logged: str, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    Client().get(path)
    Client().get(path, headers={"Host": "evil.example"})
    assert [line.split()[1] for line in lines_of(caplog)] == [logged, logged]


def test_whether_there_is_an_access_log_is_yes_or_no(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, meant in (("1", True), ("0", False), ("", False)):
        monkeypatch.setenv("SOCIALAPP_ACCESS_LOG", value)
        assert Environment().access_log is meant
    monkeypatch.setenv("SOCIALAPP_ACCESS_LOG", "yes")
    with pytest.raises(ImproperlyConfigured, match="SOCIALAPP_ACCESS_LOG"):
        _ = Environment().access_log
