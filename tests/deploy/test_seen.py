"""The whole product as Prometheus and a log collector see it."""

import json
import os
import signal
from collections.abc import Iterator

import pytest
import requests

from tests.deploy.observed import get, scrape, wait_until
from tests.processes import processes
from tests.product import Product, running_product
from tests.socialapp.test_metrics import TOKEN, samples

pytestmark = pytest.mark.slow
OURS = ("web", "live", "worker", "worker-outside", "beat")


@pytest.fixture
def fresh() -> Iterator[Product]:
    """One that no other test has harmed."""
    with running_product(SOCIALAPP_METRICS=TOKEN, SOCIALAPP_LOG="json", SOCIALAPP_ACCESS_LOG="1") as found:
        yield found


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with running_product(SOCIALAPP_METRICS=TOKEN, SOCIALAPP_LOG="json", SOCIALAPP_ACCESS_LOG="1") as found:
        yield found


def lines(product: Product, name: str) -> list[str]:
    return (product.data / "log" / f"{name}.log").read_text().splitlines()


def count_of_healthz(product: Product) -> float:
    return samples(scrape(product), "socialapp_http_request_seconds_count").get(("healthz", "200"), 0)


def test_whichever_process_answers_the_figures_are_those_of_all_and_of_one_that_was_killed(fresh: Product) -> None:
    before = count_of_healthz(fresh)
    for _ in range(200):
        assert get(f"{fresh.url}/healthz").status_code == 200
    assert {count_of_healthz(fresh) for _ in range(20)} == {before + 200}
    logged = [json.loads(line) for line in lines(fresh, "web")]
    answered_by = {line["process"] for line in logged if line["message"].startswith("GET /healthz ")}
    assert len(answered_by) > 1
    killed = answered_by.pop()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: killed not in {each.id for each in processes()})
    wait_until(lambda: _is_up(fresh))
    assert count_of_healthz(fresh) == before + 200


def _is_up(product: Product) -> bool:
    try:
        return all(get(f"{product.url}/readyz").status_code == 200 for _ in range(10))
    except requests.ConnectionError:
        return False


def test_the_id_of_an_answer_finds_its_line_in_the_log(product: Product) -> None:
    answer = get(f"{product.url}/nowhere/at/all/")
    found = [
        line["message"]
        for line in map(json.loads, lines(product, "web"))
        if line.get("request_id") == answer.headers["X-Request-ID"]
    ]
    assert "Not Found: /nowhere/at/all/" in found
    assert [message for message in found if message.startswith("GET /nowhere/at/all/ 404 ")]


def is_object(line: str) -> bool:
    try:
        return {"time", "level", "logger", "message", "process"} <= set(json.loads(line))
    except ValueError:
        return False


def test_each_line_of_each_log_is_an_object(product: Product) -> None:
    assert [(name, line) for name in OURS for line in lines(product, name) if not is_object(line)] == []
    assert lines(product, "web")
    assert lines(product, "worker")


def test_a_live_process_tells_its_streams_to_whoever_has_the_token(product: Product) -> None:
    url = f"http://127.0.0.1:{product.remembered['LIVE_PORT']}/live/metrics"
    assert get(url).status_code == 401
    assert get(url, Authorization="Bearer other").status_code == 401
    found = get(url, Authorization=f"Bearer {TOKEN}", Host="10.0.0.7").text
    assert samples(found, "socialapp_live_streams") == {(): 0}
    assert samples(found, "socialapp_live_refused_total") == {("401",): 2}
    assert samples(found, "process_open_fds")[()] > 5
