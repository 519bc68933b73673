"""Attacks on the page that shows everybody's mail until a mail server is named."""

import asyncio
import http.client
import json
import re
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from bin.fakes.server import Fakes
from bin.fakes.webhooks import OpenFakeWebhooks
from socialapp.users.models import Person
from tests.people import logged_in

DOOR = "s3cr3t-d00r"
PATHS = ["/", "/mails/0/", "/mails/0/html", "/mails.json", "/hooks/ada", "/push/x.json"]


@pytest.fixture
def closed() -> Iterator[Fakes]:
    """Fakes behind a secret."""
    fakes, loop = Fakes(door=DOOR), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(fakes.start(), loop).result(10)
    yield fakes
    asyncio.run_coroutine_threadsafe(fakes.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def ask(fakes: Fakes, method: str, path: str, body: str = "", **headers: str) -> int:
    """The status that a stranger sees."""
    port = urlsplit(fakes.url).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    sent = {"Host": f"127.0.0.1:{port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.request(method, path, body, sent)
    status = connection.getresponse().status
    connection.close()
    return status


def test_without_the_secret_there_is_nothing(closed: Fakes) -> None:
    assert {ask(closed, "GET", path) for path in PATHS} == {404}
    assert ask(closed, "GET", f"/{DOOR}x/mails.json") == 404
    assert ask(closed, "PUT", "/hooks/ada", "whsec_x") == 404
    assert ask(closed, "POST", "/push", "{}") == 404
    as_json = {"Content_Type": "application/json"}
    assert ask(closed, "POST", "/script/email", json.dumps({"always": "550"}), **as_json) == 404
    assert closed.mail.script.always.code == 0


def test_with_it_mails_are_read(closed: Fakes) -> None:
    assert closed.url.endswith(f"/{DOOR}")
    assert ask(closed, "GET", f"/{DOOR}/") == 200
    assert ask(closed, "GET", f"/{DOOR}/mails.json") == 200


def test_the_receiver_for_newcomers_opens_nothing_else_and_keeps_little(closed: Fakes) -> None:
    assert ask(closed, "PUT", "/try/ada", "whsec_" + "A" * 43 + "=") == 204
    assert ask(closed, "POST", "/try/ada", "{}") == 400  # unsigned
    assert ask(closed, "POST", "/try/ada", "x" * 70_000) == 413
    assert ask(closed, "GET", "/try/ada") == 200
    assert ask(closed, "GET", "/try/ada", Host="evil.example") == 400
    assert {ask(closed, "GET", f"/try/{path}") for path in ("", "../mails.json", f"../{DOOR}/x", "a/b")} == {404}


def test_strangers_names_do_not_fill_the_memory() -> None:
    fake = OpenFakeWebhooks()
    for number in range(1_000):
        fake.receiver(f"{number}")
    assert list(fake.receivers) == [f"{number}" for number in range(900, 1_000)]


def test_the_page_of_webhooks_names_a_receiver_of_ones_own_while_the_fakes_run(
    ada: Person, bob: Person, settings: LazySettings
) -> None:
    settings.TRY_WEBHOOKS_AT = "http://127.0.0.1:8025/try/"
    found = [re.findall(r"http://127.0.0.1:8025/try/\w{20}", _devices(person)) for person in (ada, bob)]
    assert found[0]
    assert not set(found[0]) & set(found[1])
    settings.TRY_WEBHOOKS_AT = None
    assert "/try/" not in _devices(ada)


def _devices(person: Person) -> str:
    return logged_in(person).get(reverse("notifications:endpoints"), follow=True).text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8025", "10.0.0.7", "127.0.0.1.evil.example", ""])
def test_a_name_that_was_rebound_to_this_machine_opens_nothing(closed: Fakes, host: str) -> None:
    assert ask(closed, "GET", f"/{DOOR}/mails.json", Host=host) == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_form_of_another_site_tells_a_fake_nothing(closed: Fakes, kind: str) -> None:
    path = f"/{DOOR}/script/email"
    assert ask(closed, "POST", path, json.dumps({"always": "550"}), Content_Type=kind) == 415
    assert closed.mail.script.always.code == 0
    assert ask(closed, "POST", path, json.dumps({"always": "550"}), Content_Type="application/json") == 204
    assert closed.mail.script.always.code == 550


def test_pages_show_the_address_of_the_mails_to_staff_alone(ada: Person, settings: LazySettings) -> None:
    settings.MAIL_SHOWN_AT = "http://127.0.0.1:8025/secret"
    strangers, member = Client(), logged_in(ada)
    for page in ("/accounts/password/reset/", "/accounts/email/"):
        for browser in (strangers, member):
            assert "127.0.0.1:8025" not in browser.get(page, follow=True).text
    assert "Ask whoever runs it" in strangers.get("/accounts/password/reset/").text
    ada.is_staff = True
    ada.save()
    assert 'href="http://127.0.0.1:8025/secret/"' in member.get("/accounts/password/reset/").text
