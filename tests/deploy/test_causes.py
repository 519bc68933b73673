"""Each alert of deploy/prometheus/alerts.yml fires in a real Prometheus by what really goes wrong."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests

from tests.deploy.observed import (
    database,
    execute,
    get,
    newest_post,
    processes_of,
    prometheus,
    stopped,
    wait_until,
)
from tests.deploy.rules import NOT_INSTALLED, PROMETHEUS, alerts
from tests.live.conftest import Listener
from tests.product import Product, running_product
from tests.socialapp.test_metrics import TOKEN

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not PROMETHEUS, reason=NOT_INSTALLED)]

AUDIT = "from notifications.history import audit; audit.run()"
STREAMS = 10  # that a process may hold at its smallest limit of open files
# Which test makes which alert fire.
OF_WHAT_STOPS = {
    *("LostOrDoubled", "AuditOverdue", "NotReady", "SlowAnswers", "OutboxDead", "DatabaseDown", "FailingAnswers"),
    *("QueueWithoutWorker", "OutboxOld", "BrokerDown", "LiveDown", "WebDown"),
}
OF_THE_OTHER_SIDE = {"AuditMissing", "PushSignatureRefused", "DeliveriesDead", "BreakerOpen", "DeliveriesLate"}
OF_WHAT_RUNS_OUT = {"MetricsIncomplete", "SessionsScarce", "StreamsScarce"}
OF_DISKS = {"DiskFilling"}


def test_each_alert_has_a_test_here() -> None:
    tested = [*OF_WHAT_STOPS, *OF_THE_OTHER_SIDE, *OF_WHAT_RUNS_OUT, *OF_DISKS]
    assert sorted(tested) == sorted(rule["alert"] for rule in alerts())


@dataclass
class Watch:
    """What fired so far, of what Prometheus says fires now."""

    firing: Callable[[], set[str]]

    def __post_init__(self) -> None:
        self.fired: set[str] = set()

    def wait_for(self, *names: str) -> None:
        """Return when all of these fire at once."""
        wait_until(lambda: set(names) <= self.firing())
        self.fired.update(names)


@contextmanager
def watched(folder: Path, *options: str, **variables: str) -> Iterator[tuple[Product, Watch]]:
    """A product that no other test has harmed, and what watches it."""
    with (
        running_product(*options, kept=None, SOCIALAPP_METRICS=TOKEN, **variables) as product,
        prometheus(product, folder) as firing,
    ):
        yield product, Watch(firing)


@dataclass(frozen=True)
class Client:
    """A person's program."""

    product: Product
    token: str

    @classmethod
    def of(cls, product: Product, username: str) -> "Client":
        """One of the demo's people."""
        return cls(product, product.manage("token", username).stdout.strip())

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        """Answer by the API, which must be a success."""
        url = f"{self.product.url}/api/social/v1/{path}"
        answer = requests.request(method, url, json=body, headers={"Authorization": f"Bearer {self.token}"}, timeout=60)
        assert answer.ok, answer.text
        return answer

    def turn_push_on(self) -> None:
        """In a browser of the fakes' push service."""
        key = self.call("GET", "notifications/endpoints/push/").json()["key"]
        fakes = self.product.remembered["FAKES_URL"].rstrip("/")
        subscription = requests.post(f"{fakes}/push", json={"applicationServerKey": key}, timeout=60).json()
        self.call("POST", "notifications/endpoints/push/", {"name": "Firefox", **subscription})

    def mail_endpoint(self) -> int:
        """The id of their address."""
        found = self.call("GET", "notifications/endpoints/").json()["results"]
        return next(int(each["id"]) for each in found if each["channel"] == "email")


def script(product: Product, channel: str, always: str) -> None:
    """Have the other side of a channel answer this from now on."""
    fakes = product.remembered["FAKES_URL"].rstrip("/")
    assert requests.post(f"{fakes}/script/{channel}", json={"always": always}, timeout=60).status_code == 204


def test_what_stops_or_is_broken(tmp_path: Path) -> None:
    with watched(tmp_path) as (product, watch), database(product) as session:
        product.manage("shell", "-c", AUDIT)
        token = Client.of(product, "ada").token
        wait_until(lambda: not OF_WHAT_STOPS & watch.firing())
        # A message that no handler can read is tried for 30 s, while other things go wrong.
        execute(session, "INSERT INTO messaging_outbox (shard, name, body) VALUES (1, 'ReactionAdded', '{}')")
        # Somebody took a member out of an inbox.
        execute(
            session,
            "DELETE FROM notifications_groupmember WHERE id = (SELECT max(id) FROM notifications_groupmember "
            "WHERE active AND suppressed_reason = '')",
        )
        product.manage("shell", "-c", AUDIT)
        watch.wait_for("LostOrDoubled")
        execute(session, "UPDATE notifications_auditrun SET at = at - interval '3 hours'")
        watch.wait_for("AuditOverdue")
        # The code is newer than the database.
        execute(session, "DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations)")
        watch.wait_for("NotReady")
        # A transaction holds what each page needs. (What is counted for the first time is no increase yet.)
        get(f"{product.url}/public/")
        time.sleep(3)
        with database(product) as other:
            execute(other, "BEGIN; LOCK TABLE posts_post IN ACCESS EXCLUSIVE MODE")
            with ThreadPoolExecutor() as pool:
                waiting = [pool.submit(get, f"{product.url}/public/") for _ in range(4)]
                time.sleep(3)
                execute(other, "ROLLBACK")
                assert [each.result().status_code for each in waiting] == [200] * 4
        watch.wait_for("SlowAnswers")
        watch.wait_for("OutboxDead")
        # The database became a replica.
        like = f"{product.url}/api/social/v1/posts/{newest_post(session)}/like/"
        execute(session, "ALTER SYSTEM SET default_transaction_read_only = on")
        execute(session, "SELECT pg_reload_conf()")
        for _ in range(40):
            time.sleep(0.1)
            assert requests.put(like, headers={"Authorization": f"Bearer {token}"}, timeout=30).status_code == 503
        watch.wait_for("DatabaseDown", "FailingAnswers")
        execute(session, "SET default_transaction_read_only = off")
        execute(session, "ALTER SYSTEM RESET default_transaction_read_only")
        execute(session, "SELECT pg_reload_conf()")
        # The workers hang, and then the broker, the live process and the web.
        with stopped(processes_of(product, "messages,housekeeping,fanout")):
            execute(session, "INSERT INTO messaging_outbox (shard, name, body) VALUES (1, 'Later', '{}')")
            watch.wait_for("QueueWithoutWorker", "OutboxOld")
        with stopped(processes_of(product, "valkey")):
            watch.wait_for("BrokerDown")
        with stopped(processes_of(product, "config.live")):
            watch.wait_for("LiveDown")
        with stopped(processes_of(product, "config.web")):
            watch.wait_for("WebDown")
        assert watch.fired == OF_WHAT_STOPS


def test_what_the_other_side_refuses_and_an_audit_that_never_ran(tmp_path: Path) -> None:
    with watched(tmp_path) as (product, watch):
        ada, charlie = Client.of(product, "ada"), Client.of(product, "charlie")
        posts = [ada.call("POST", "posts/", {"body": f"Note {number}"}).json()["id"] for number in range(14)]
        ada.turn_push_on()
        # It is not an hour since the start.
        watch.wait_for("AuditMissing")
        product.manage("shell", "-c", AUDIT)
        wait_until(lambda: not OF_THE_OTHER_SIDE & watch.firing())
        # The push service does not know the host of our contact, or our clock is wrong.
        script(product, "push", "403")
        charlie.call("PUT", f"posts/{posts[0]}/like/")
        watch.wait_for("PushSignatureRefused")
        # It refuses what we send.
        script(product, "push", "400")
        for post in posts[1:]:
            charlie.call("PUT", f"posts/{post}/like/")
        watch.wait_for("DeliveriesDead")
        # The mail server hangs up.
        script(product, "email", "reset")
        for _ in range(2):
            ada.call("POST", f"notifications/endpoints/{ada.mail_endpoint()}/test/")
        watch.wait_for("BreakerOpen")
        # The process of the senders hangs.
        with stopped(processes_of(product, "email,push,webhook")):
            charlie.call("PUT", f"posts/{posts[0]}/share/")
            watch.wait_for("DeliveriesLate")
        assert watch.fired == OF_THE_OTHER_SIDE


@contextmanager
def all_sessions_but(free: int, product: Product) -> Iterator[None]:
    """Hold what PostgreSQL allows, as a program does that does not close its own."""
    with ExitStack() as stack, database(product) as session:
        with session.cursor() as cursor:
            cursor.execute("SHOW max_connections")
            allowed = int(cursor.fetchall()[0][0])
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
            used = int(cursor.fetchall()[0][0])
        for _ in range(allowed - used - free):
            held = psycopg2.connect(product.remembered["DATABASE_URL"])
            stack.callback(held.close)
        yield


def test_what_runs_out(tmp_path: Path) -> None:
    with watched(tmp_path) as (product, watch):
        product.manage("shell", "-c", AUDIT)
        wait_until(lambda: not OF_WHAT_RUNS_OUT & watch.firing())
        # An operator's VACUUM FULL, or an ALTER TABLE, holds what the figures are counted from.
        with database(product) as session:
            execute(session, "SET idle_in_transaction_session_timeout = 0")
            execute(session, "BEGIN; LOCK TABLE notifications_delivery IN ACCESS EXCLUSIVE MODE")
            watch.wait_for("MetricsIncomplete")
            execute(session, "ROLLBACK")
        with all_sessions_but(8, product):
            watch.wait_for("SessionsScarce")
        # A live process is started anew where few files may be open.
        spare = 100
        resource.prlimit(product.process_id, resource.RLIMIT_NOFILE, (spare + STREAMS, spare + STREAMS))
        (live,) = processes_of(product, "config.live")
        os.kill(live, signal.SIGKILL)
        wait_until(lambda: processes_of(product, "config.live") not in ([], [live]))
        port, token = int(product.remembered["LIVE_PORT"]), Client.of(product, "ada").token
        with ExitStack() as streams:
            wait_until(lambda: _answers(port))
            for _ in range(STREAMS):
                stream = Listener(port, Authorization=f"Bearer {token}")
                assert stream.status == 200
                streams.callback(stream.close)
            watch.wait_for("StreamsScarce")
        assert watch.fired == OF_WHAT_RUNS_OUT


def _answers(port: int) -> bool:
    try:
        return get(f"http://127.0.0.1:{port}/live/healthz").ok
    except requests.ConnectionError:
        return False


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_fills(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300m", "socialapp-alerts", str(media)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        (media / "public").mkdir()  # as the first picture does
        with watched(tmp_path, "--no-demo", SOCIALAPP_MEDIA=str(media)) as (product, watch):
            product.manage("shell", "-c", AUDIT)
            assert not OF_DISKS & watch.firing()
            with (media / "films").open("wb") as file:
                file.write(b"\0" * 275 * 2**20)
            watch.wait_for("DiskFilling")
            assert watch.fired == OF_DISKS
    finally:
        subprocess.run(["umount", "--lazy", str(media)], check=True)  # noqa: S607
