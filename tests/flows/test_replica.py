"""The product on a primary and a standby: strangers read the standby, whoever may have written reads the primary."""

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from bin.runtime.processes import WEB_PROCESSES
from tests.flows.servers import Server, running, standby_of
from tests.processes import processes
from tests.product import Product, manage, new_folder, running_product

PATIENCE_S = 90
# More than there are web processes, so that each of them is asked.
TIMES = 12
API = "/api/social/v1"
# What strangers look at.
PAGES = ("/public/", "/@ada/", "/@ada/replies/", "/@ada/followers/", "/search/?q=read", "/people/?q=ada")

pytestmark = pytest.mark.slow


@dataclass
class Site:
    """The product, and the two servers under it."""

    product: Product
    primary: Server
    standby: Server
    tokens: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, token: str = "", body: dict[str, str] | None = None) -> requests.Response:
        """Ask as a program does; without a token as a stranger's."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.request(method, f"{self.product.url}{API}{path}", headers=headers, json=body, timeout=60)

    def sees(self, path: str, token: str = "") -> set[int]:
        """What this person gets, of each process."""
        return {self.call("GET", path, token).status_code for _ in range(TIMES)}

    def post(self, body: str) -> int:
        """As Ada."""
        return int(self.call("POST", "/posts/", self.token("ada"), {"body": body}).json()["id"])

    def token(self, name: str) -> str:
        if name not in self.tokens:
            self.tokens[name] = self.product.manage("token", name, "--create").stdout.strip()
        return self.tokens[name]

    def let_go(self) -> None:
        """The standby has all that the primary has by now."""
        self.standby.ask("SELECT pg_wal_replay_resume()")
        here = self.primary.ask("SELECT pg_current_wal_insert_lsn()")
        until(lambda: self.standby.ask(f"SELECT pg_last_wal_replay_lsn() >= '{here}'"))

    def hold(self) -> None:
        """What is written from now on is not on the standby."""
        self.standby.ask("SELECT pg_wal_replay_pause()")
        until(lambda: self.standby.ask("SELECT pg_get_wal_replay_pause_state()") == "paused")

    def strangers_read_the_standby(self) -> bool:
        """Whether they miss what it has not, whichever process they ask."""
        self.hold()
        missed = self.sees(f"/posts/{self.post('Who reads this?')}/") == {404}
        self.let_go()
        return missed


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.fixture(scope="module")
def running_site() -> Iterator[Site]:
    first, second = new_folder(), new_folder()
    with running(Server(first)) as primary:
        primary.make_database()
        with (
            standby_of(primary, second) as standby,
            running_product(
                "--demo", "--no-fakes", DATABASE_URL=primary.url, DATABASE_REPLICA_URL=standby.url
            ) as product,
        ):
            yield Site(product, primary, standby)
    shutil.rmtree(first)
    shutil.rmtree(second)


@pytest.fixture
def site(running_site: Site) -> Site:
    """As a test wants to find it: the standby follows and is read."""
    running_site.let_go()
    until(running_site.strangers_read_the_standby)
    return running_site


@pytest.fixture
def held(site: Site) -> Iterator[None]:
    """The standby stands still: what is written from now on is not there."""
    site.hold()
    yield
    site.let_go()


def browser(site: Site, login: str) -> requests.Session:
    """Somebody's, who has logged in."""
    session = requests.Session()
    address = f"{site.product.url}/accounts/login/"
    form = re.search(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"', session.get(address, timeout=60).text)
    assert form
    values = {"csrfmiddlewaretoken": form[1], "login": login, "password": site.product.demo_password}
    answer = session.post(address, values, allow_redirects=False, timeout=60, headers={"Referer": address})
    assert answer.status_code == 302
    return session


def test_a_stranger_reads_the_standby_and_who_writes_finds_it_at_once(site: Site, held: None) -> None:
    token, bob = site.token("ada"), site.token("bob")
    number = site.post("Written while the standby stands still")
    assert site.sees(f"/posts/{number}/") == {404}
    assert site.sees(f"/posts/{number}/", token) == {200}
    site.call("PUT", f"/posts/{number}/like/", bob)
    assert [site.call("GET", f"/posts/{number}/", bob).json()["liked"] for _ in range(TIMES)] == [True] * TIMES


def test_who_is_logged_in_reads_the_primary_on_pages_too(site: Site, held: None) -> None:
    number = site.post("Seen by whoever is logged in")
    address = f"{site.product.url}/posts/{number}/"
    session = browser(site, "bob")
    assert {requests.get(address, timeout=60).status_code for _ in range(TIMES)} == {404}
    assert {session.get(address, timeout=60).status_code for _ in range(TIMES)} == {200}


def test_a_standby_that_ends_is_missed_by_nobody_and_taken_again(site: Site) -> None:
    site.standby.stop()
    number = site.post("Written while the standby is away")
    assert site.sees(f"/posts/{number}/") == {200}
    site.standby.start()
    until(site.strangers_read_the_standby)
    assert site.sees(f"/posts/{number}/") == {200}


def test_what_is_deleted_or_hidden_is_gone_for_strangers_once_the_standby_is_late(site: Site) -> None:
    """Until then they may still see it, which ADR 50 says."""
    deleted, hidden = site.post("To be deleted"), site.post("To be hidden")
    site.let_go()
    assert site.sees(f"/posts/{deleted}/") == {200}
    site.hold()
    site.call("DELETE", f"/posts/{deleted}/", site.token("ada"))
    code = f"from socialapp.posts.operations import hide_post; hide_post(post_id={hidden}, reason='spam')"
    assert site.product.manage("shell", "-v", "0", "-c", code).returncode == 0
    paths = [f"/posts/{deleted}/", f"/posts/{hidden}/"]
    until(lambda: all(site.sees(path) <= {404, 410} for path in paths))
    until(lambda: "behind, and not read: look at its disk and network" in doctor(site, "replica"))
    # A process that begins now does not know how late the standby is, and does not read it.
    for process in web_processes(site):
        os.kill(process, signal.SIGKILL)
    until(lambda: len(set(web_processes(site))) == WEB_PROCESSES and answers(site))
    assert all(site.sees(path) <= {404, 410} for path in paths)
    site.let_go()


def web_processes(site: Site) -> list[int]:
    """Those that serve, below the one that `bin/up` started."""
    found = processes()
    roots = {each.id for each in found if each.parent_id == site.product.process_id and "config.web" in each.command}
    return [each.id for each in found if each.parent_id in roots and "config.web" in each.command]


def answers(site: Site) -> bool:
    try:
        return site.call("GET", "/posts/1/").status_code < 500
    except requests.ConnectionError:
        return False


def doctor(site: Site, check: str) -> str:
    """What one of doctor's lines says of the two servers by now."""
    code = f"from bin.doctor import database, findings; print(findings.find('it', database.{check}))"
    return site.product.manage("shell", "-v", "0", "-c", code).stdout


@pytest.mark.parametrize(
    ("names", "commit", "says"),
    [
        ("", "on", ("warning", "no synchronous standby")),
        ("*", "on", ("warning", "there is none to spare")),
        ("*", "local", ("wrong", "no write waits for a standby")),
        ("*", "remote_write", ("warning", "loses its power loses what it took")),
        ("moon", "on", ("wrong", "none of them follows")),
        ("ANY 2 (*)", "on", ("wrong", "1 of them follow: each write waits")),
    ],
)
def test_doctor_knows_whether_a_write_waits_for_a_standby(
    site: Site, names: str, commit: str, says: tuple[str, str]
) -> None:
    try:
        site.primary.set("synchronous_standby_names", names)
        site.primary.set("synchronous_commit", commit)
        until(lambda: site.primary.ask("SHOW synchronous_standby_names") == names)
        report = doctor(site, "standby")
    finally:
        site.primary.set("synchronous_standby_names", "")
        site.primary.set("synchronous_commit", "on")
    state, text = says
    assert (state in report, text in report) == (True, True), report


def test_doctor_looks_at_the_standby_itself(site: Site) -> None:
    assert "the replica follows" in doctor(site, "replica")
    for name, says in (("fsync", "what it confirms is not on its disk"), ("hot_standby_feedback", "are cancelled")):
        site.standby.set(name, "off")
        report = doctor(site, "replica")
        site.standby.set(name, "on")
        assert says in report
    report = manage({**site.product.environment, "DATABASE_REPLICA_URL": site.primary.url}, "doctor", "--json").stdout
    assert "follows no other: name the standby" in report


def test_strangers_go_on_reading_while_only_the_primary_is_away(site: Site) -> None:
    """So none of what they look at asks it anything."""
    number = site.post("Read on")
    site.let_go()
    site.primary.stop()
    try:
        assert site.sees(f"/posts/{number}/") == {200}
        for page in PAGES:
            address = f"{site.product.url}{page}"
            assert {requests.get(address, timeout=60).status_code for _ in range(TIMES)} == {200}, page
    finally:
        site.primary.start()
    until(lambda: json.loads(requests.get(f"{site.product.url}/readyz", timeout=60).text)["status"] == "ok")
