"""/metrics: who may read it, by which name, and that it counts each request by its route and status."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

from config.env import CHECKOUT
from notifications.history import metrics as ledger
from notifications.history import sql
from socialapp.posts.models import Post
from socialapp.users.models import Person

TOKEN = "a-token-that-is-long-enough"
COUNTING = "socialapp.web.request_metrics.RequestMetrics"
Samples = dict[tuple[str, ...], float]


@pytest.fixture(autouse=True)
def with_token(settings: LazySettings) -> None:
    settings.METRICS_TOKEN = TOKEN


def scrape(browser: Client, token: str = TOKEN) -> str:
    """What Prometheus reads."""
    answer = browser.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return answer.text


def samples(text: str, name: str) -> Samples:
    """Of one metric the value for each combination of labels, in the order of their names."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def test_without_a_token_that_is_set_there_are_no_metrics(settings: LazySettings) -> None:
    settings.METRICS_TOKEN = None
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}, {"Authorization": "Bearer"}):
        answer = Client().get("/metrics", headers=headers)
        assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", "Bearer other", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN])
def test_a_stranger_reads_no_metrics(sent: str) -> None:
    answer = Client().get("/metrics", headers={"Authorization": sent} if sent else {})
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="metrics"'


@pytest.mark.django_db
def test_a_host_is_scraped_by_its_address_and_not_redirected(settings: LazySettings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert "socialapp_build_info" in scrape(Client(HTTP_HOST="10.244.3.17:8000"))


@pytest.mark.django_db
def test_each_request_is_counted_by_its_route_and_status(
    settings: LazySettings, api_of: Callable[[Person], APIClient], bob: Person, post: Post
) -> None:
    settings.MIDDLEWARE = [COUNTING, *settings.MIDDLEWARE]
    name = "socialapp_http_request_seconds_count"
    before = samples(scrape(Client()), name)
    api = api_of(bob)
    for _ in range(3):
        api.put(f"/api/social/v1/posts/{post.pk}/like/")
    api.put("/api/social/v1/posts/999999/like/")
    Client().get("/nowhere/at/all/")
    Client().get("/healthz", HTTP_HOST="evil.example")
    after = samples(scrape(Client()), name)
    counted = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
    counted.pop(("metrics", "200"))
    assert counted == {
        ("api:like", "201"): 1,
        ("api:like", "200"): 2,
        ("api:like", "404"): 1,
        ("none", "404"): 1,
        ("healthz", "200"): 1,
    }


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_in_time_leaves_the_rest_of_the_metrics(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert samples(scrape(Client()), "socialapp_ledger_readable") == {(): 1}
    monkeypatch.setattr(ledger, "TIMEOUT", "100ms")
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE notifications_delivery IN ACCESS EXCLUSIVE MODE")
        text = scrape(Client())
    finally:
        other.rollback()
        other.close()
    assert samples(text, "socialapp_ledger_readable") == {(): 0}
    assert samples(text, "socialapp_ready")["database",] == 1
    assert "socialapp_outbox_waiting" not in text
    assert "statement timeout" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_half_way_is_not_called_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "SESSIONS", "SELECT FROM nowhere")
    text = scrape(Client())
    assert samples(text, "socialapp_ledger_readable") == {(): 0}
    assert samples(text, "socialapp_outbox_waiting") == {(): 0}


def test_with_the_database_away_metrics_say_so() -> None:
    script = (
        "import django; django.setup(); from django.test import Client; "
        f"print(Client().get('/metrics', headers={{'Authorization': 'Bearer {TOKEN}'}}).text)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        env={
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SOCIALAPP_METRICS": TOKEN,
            "DATABASE_URL": "postgres://me@127.0.0.1:9/none",
            "REDIS_URL": "redis://127.0.0.1:9/0",
            "SOCIALAPP_SECRET_KEY": "abcdefghij" * 6,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert samples(done.stdout, "socialapp_ledger_readable") == {(): 0}
    assert samples(done.stdout, "socialapp_ready") == {
        ("broker",): 0,
        ("database",): 0,
        ("disk",): 1,
        ("guards",): 0,
        ("migrations",): 0,
    }


def test_prometheus_client_is_imported_only_where_metrics_are_wanted() -> None:
    script = (
        "import sys, config.wsgi, notifications.live.app; from django.urls import get_resolver; "
        "get_resolver().url_patterns; print([name for name in sys.modules if 'prometheus' in name])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.django_db
def test_guesses_at_a_password_beyond_the_limit_are_counted() -> None:
    name = "socialapp_limits_hit_total"
    before = samples(scrape(Client()), name).get(("guesses",), 0)
    for number in range(7):
        Client().post("/accounts/login/", {"login": "nobody", "password": f"wrong {number}"})
    assert samples(scrape(Client()), name)[("guesses",)] == before + 2
