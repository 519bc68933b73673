"""A product that a real Prometheus watches with our configuration and alerts, and what can be done to it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import requests
import yaml
from psycopg2.extensions import connection

from bin.runtime import embedded
from tests.deploy.rules import FOLDER, PROMETHEUS
from tests.processes import processes
from tests.product import Product
from tests.socialapp.test_metrics import TOKEN

PATIENCE_S = 180
# How long something must go on before an alert fires.
SOONER = {"[5m]": "[30s]", "_lag_seconds) > 300": "_lag_seconds) > 3"}


def get(url: str, **headers: str) -> requests.Response:
    """By a connection of its own, so that any process may answer."""
    return requests.get(url, headers={"Connection": "close", **headers}, timeout=30)


def scrape(product: Product) -> str:
    answer = get(f"{product.url}/metrics", Authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200
    return answer.text


def processes_of(product: Product, words: str) -> list[int]:
    """Those that the supervisor of the product started with these words, and their children."""
    own = {each.id for each in processes() if each.parent_id == product.process_id and words in each.command}
    return [*own, *(each.id for each in processes() if each.parent_id in own)]


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@contextmanager
def prometheus(product: Product, folder: Path) -> Iterator[Callable[[], set[str]]]:
    """A real one with our configuration and rules, which wait for less. Yields what names the alerts that fire."""
    assert PROMETHEUS
    text = (FOLDER / "alerts.yml").read_text()
    for ours, here in SOONER.items():
        assert ours in text
        text = text.replace(ours, here)
    rules = yaml.safe_load(text)
    for rule in rules["groups"][0]["rules"]:
        rule.pop("for", None)
    (folder / "alerts.yml").write_text(yaml.safe_dump(rules))
    (folder / "token").write_text(TOKEN)
    configuration = (FOLDER / "prometheus.yml").read_text()
    for ours, here in {
        "15s": "4s",
        "/etc/prometheus/socialapp.token": str(folder / "token"),
        "127.0.0.1:8000": product.url.removeprefix("http://"),
        "127.0.0.1:8001": f"127.0.0.1:{product.remembered['LIVE_PORT']}",
    }.items():
        assert ours in configuration
        configuration = configuration.replace(ours, here)
    (folder / "prometheus.yml").write_text(configuration)
    port = embedded.free_port(None)
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(
            [
                PROMETHEUS,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stderr=log,
        )

    def firing() -> set[str]:
        try:
            found = requests.get(f"http://127.0.0.1:{port}/api/v1/alerts", timeout=5).json()["data"]["alerts"]
        except requests.ConnectionError:
            return set()
        return {alert["labels"]["alertname"] for alert in found if alert["state"] == "firing"}

    def is_scraping() -> bool:
        answer = requests.get(f"http://127.0.0.1:{port}/api/v1/query?query=sum(up)", timeout=5).json()
        return bool(answer["data"]["result"]) and answer["data"]["result"][0]["value"][1] == "2"

    try:
        wait_until(lambda: "ready to receive" in (folder / "log").read_text())
        wait_until(is_scraping)
        yield firing
    finally:
        running.terminate()
        running.wait()


@contextmanager
def stopped(process_ids: list[int]) -> Iterator[None]:
    """Processes that hang meanwhile."""
    assert process_ids
    for process_id in process_ids:
        os.kill(process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        for process_id in process_ids:
            os.kill(process_id, signal.SIGCONT)


@contextmanager
def database(product: Product) -> Iterator[connection]:
    """A session of one's own."""
    session = psycopg2.connect(product.remembered["DATABASE_URL"])
    session.autocommit = True
    yield session
    session.close()


def execute(session: connection, statement: str) -> None:
    with session.cursor() as cursor:
        cursor.execute(statement)


def newest_post(session: connection) -> int:
    with session.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM posts_post")
        ((newest,),) = cursor.fetchall()
        return int(newest)
