"""Each request has an id: its answer has it, and each line that is logged for it."""

import logging
import re

import pytest
from django.conf import LazySettings
from django.test import Client

from socialapp.web import request_ids

pytestmark = pytest.mark.django_db


def test_each_answer_has_an_id_of_its_own() -> None:
    found = [Client().get(path).headers["X-Request-ID"] for path in ("/healthz", "/public/", "/nowhere/", "/healthz")]
    assert [bool(re.fullmatch("[0-9a-f]{16}", each)) for each in found] == [True] * 4
    assert len(set(found)) == 4


def test_the_id_of_a_proxy_of_ours_is_kept_and_a_clients_is_not(settings: LazySettings) -> None:
    sent = "6f1c3a9e-0d5b-4c77-9f52-7f6a3f1f6f10"
    assert Client().get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"] != sent
    settings.PROXIES = 1
    assert Client().get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"] == sent


@pytest.mark.parametrize(
    "sent", ["", "short", "x" * 129, "two words of it", "line\nbreak-in-it", "ümläut-in-it", "{evil}-{evil}"]
)
def test_an_id_that_is_not_well_formed_is_replaced(settings: LazySettings, sent: str) -> None:
    settings.PROXIES = 1
    got = Client().get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{16}", got)


def test_what_is_logged_for_a_request_carries_its_id(caplog: pytest.LogCaptureFixture) -> None:
    seen = {}

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen[record.getMessage()] = request_ids.current.get()

    handler = Noting()
    logging.getLogger("django.request").addHandler(handler)
    try:
        answer = Client().get("/nowhere/at/all/")
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    assert seen == {"Not Found: /nowhere/at/all/": answer.headers["X-Request-ID"]}
