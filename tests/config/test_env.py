"""Values of the environment are checked at start, all at once: each with its name, what is wrong, and what to do."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env
from config.env import CHECKOUT, KNOWN, Environment
from config.runtime import up
from config.runtime.names import names_of
from tests.architecture.test_docs import doc


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in KNOWN - {"SOCIALAPP_DATA"}:
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SOCIALAPP_SECRET_KEY", "a", "must have 50 characters or more"),
        ("SOCIALAPP_SECRET_KEY", "ab" * 40, "not the same few again and again"),
        ("SOCIALAPP_MAIL_URL", "anymail://mailgum", "Did you mean anymail://mailgun?"),
        ("SOCIALAPP_MAIL_URL", "anymail://", "It knows amazon_ses"),
        ("SOCIALAPP_MAIL_URL", "anymail://base", "knows no provider base"),
        ("SOCIALAPP_MAIL_URL", "mail.example.org", "must look like smtp://"),
        ("SOCIALAPP_MAIL_URL", "smtp://mail.example.org:smtp", "A port must be a number"),
        ("SOCIALAPP_MAIL_URL", "smtp://mail.example.org:99999", "A port must be a number"),
        ("SOCIALAPP_ANYMAIL", "{", "must be a JSON object"),
        ("SOCIALAPP_ANYMAIL", "[]", "must be a JSON object"),
        ("SOCIALAPP_MAIL_FROM", "me", "must look like"),
        ("SOCIALAPP_URL", "social.example", "must look like https://"),
        ("SOCIALAPP_URL", "ftp://social.example", "must look like https://"),
        ("SOCIALAPP_URL", "https://", "must look like https://"),
        ("SOCIALAPP_MAIL_FROM", "noreply@example..org", "SOCIALAPP_MAIL_FROM"),
        ("SOCIALAPP_MAIL_FROM", "a@example.org, b@example.org", "SOCIALAPP_MAIL_FROM"),
        ("SOCIALAPP_URL", "https://social.example:x", "A port must be a number"),
        ("SOCIALAPP_URL", "https://[::1", "brackets"),
        ("SOCIALAPP_URL", "https://social.example/app", "must end after the host"),
        ("SOCIALAPP_URL", "https://me:pw@social.example", "must end after the host"),
        ("SOCIALAPP_URL", "https://bücher.example", "is not the name of a host"),
        ("SOCIALAPP_URL", "https://so cial.example", "is not the name of a host"),
        ("SOCIALAPP_HOSTS", "*", "is not the name of a host"),
        ("SOCIALAPP_HOSTS", "a.example, https://b.example", "is not the name of a host"),
        ("SOCIALAPP_HOSTS", "a.example:8000", "is not the name of a host"),
        ("SOCIALAPP_PROXIES", "one", "must be the number of proxies"),
        ("SOCIALAPP_PROXIES", "-1", "must be the number of proxies"),
        ("SOCIALAPP_PROXIES", "10.0.0.1", "must be the number of proxies"),
        ("SOCIALAPP_LIVE_URL", "https://social.example/", "must end in /live/"),
        ("SOCIALAPP_LIVE_URL", "social.example/live/", "must look like https://"),
        ("SOCIALAPP_LET_IN", "127.0.0.1", "must look like host:port"),
        ("SOCIALAPP_LET_IN", "127.0.0.1:99999", "must look like host:port"),
        ("SOCIALAPP_VAPID_CONTACT", "me@example.org", "mailto:"),
        ("SOCIALAPP_CONTACT", "me", "must look like help@example.org"),
        ("DATABASE_URL", "mysql://127.0.0.1/x", "must look like postgres://"),
        ("DATABASE_URL", "postgres://me@127.0.0.1:x/y", "A port must be a number"),
        ("REDIS_URL", "http://127.0.0.1", "must look like redis://"),
        ("DATABASE_URL", "postgres://me@127.0.0.1", "must look like postgres://"),
        ("REDIS_URL", "redis://127.0.0.1/first", "must look like redis://"),
        ("SOCIALAPP_URL", "https://social.example:0", "A port must be a number"),
        ("SOCIALAPP_MAIL_URL", "smtp://mail.example.org:0", "A port must be a number"),
        ("SOCIALAPP_MAIL_FROM", "Ours <a@b.example>\nBcc: c@d.example", "must look like"),
        ("SOCIALAPP_CONTACT", "me@", "must look like help@example.org"),
        ("SOCIALAPP_CONTACT", "https://", "must look like help@example.org"),
        ("SOCIALAPP_DATA", __file__, "must be a folder"),
        ("SOCIALAPP_MEDIA", __file__, "must be a folder"),
        ("SOCIALAPP_HOST", "a.example", "Did you mean SOCIALAPP_HOSTS?"),
        ("SOCIALAP_URL", "https://a.example", "Did you mean SOCIALAPP_URL?"),
        ("socialapp_url", "https://a.example", "Did you mean SOCIALAPP_URL?"),
        ("SOCIALAPP_SECRETKEY", "x" * 60, "Did you mean SOCIALAPP_SECRET_KEY?"),
        ("SOCIALAPP_COLOUR", "green", "is not a setting"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_do(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    (problem,) = Environment().problems()
    assert problem.startswith(name)
    assert says in problem
    with pytest.raises(ImproperlyConfigured, match=name):
        Environment().check()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOCIALAPP_URL", "https://social.example"),
        ("SOCIALAPP_URL", "http://192.168.1.5:8000/"),
        ("SOCIALAPP_URL", "https://xn--bcher-kva.example"),
        ("SOCIALAPP_URL", "http://[::1]:8000"),
        ("SOCIALAPP_HOSTS", "laptop.lan,10.0.0.7 ::1"),
        ("SOCIALAPP_PROXIES", "0"),
        ("SOCIALAPP_MAIL_URL", "anymail://mailgun"),
        ("SOCIALAPP_MAIL_URL", "smtps://me:p%40ss@mail.example.org"),
        ("SOCIALAPP_LIVE_URL", "/live/"),
        ("SOCIALAPP_LIVE_URL", "https://live.social.example/live/"),
        ("SOCIALAPP_LET_IN", "127.0.0.1:8025, [::1]:80"),
        ("SOCIALAPP_SERVICE_HOST", "10.96.0.12"),  # what Kubernetes sets for a service called socialapp
        ("SOCIALAPP_PORT_8000_TCP_ADDR", "10.96.0.12"),
        ("SOCIALAPP_PROXIES", ""),
        ("SOCIALAPP_CONTACT", "help@example.org"),
        ("SOCIALAPP_CONTACT", "https://example.org/help"),
        ("SOCIALAPP_CONTACT", "mailto:help@example.org?subject=Help"),
        ("DATABASE_URL", "postgres://%2Frun%2Fpostgresql/social"),
        ("REDIS_URL", "rediss://:password@127.0.0.1:6379/1"),
        ("OTHER_DATABASE_URL", "mysql://x/y"),  # of another program
    ],
)
def test_a_right_value_is_taken(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert Environment().problems() == []


def test_bin_up_names_all_that_is_wrong_at_once_before_it_starts_anything(tmp_path: Path) -> None:
    wrong = {"SOCIALAPP_URL": "social", "SOCIALAPP_PROXIES": "x", "SOCIALAPP_HOST": "y", "DATABASE_URL": "mysql://x/y"}
    data = tmp_path / "data"
    done = subprocess.run(
        [str(CHECKOUT / "bin" / "up"), "--data", str(data)],
        env=os.environ | wrong,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert [name for name in wrong if name not in done.stderr] == []
    assert len(done.stderr.strip().splitlines()) == len(wrong)
    assert not data.exists()


def test_manage_says_it_in_a_line_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(CHECKOUT / ".venv" / "bin" / "python"), str(CHECKOUT / "manage.py"), "token", "ada"],
        env={"SOCIALAPP_DATA": str(tmp_path), "SOCIALAPP_PROXIES": "x", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("manage.py: SOCIALAPP_PROXIES: x must be the number")


def test_hosts_are_that_of_the_address_loopback_and_what_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCIALAPP_URL", "https://Social.example:8443")
    monkeypatch.setenv("SOCIALAPP_HOSTS", "Other.example, 2001:db8::1")
    hosts = Environment().hosts
    assert hosts == ["social.example", "127.0.0.1", "localhost", "[::1]", "other.example", "[2001:db8::1]"]


def test_what_a_laptop_listens_as_counts_until_it_has_an_https_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOCIALAPP_DATA", str(tmp_path))
    (tmp_path / "embedded.json").write_text('{"LISTENS_AS": "laptop.local 192.168.1.5"}')
    assert {"laptop.local", "192.168.1.5"} <= set(Environment().hosts)
    monkeypatch.setenv("SOCIALAPP_URL", "https://social.example")
    assert {"laptop.local", "192.168.1.5"}.isdisjoint(Environment().hosts)


def test_a_laptop_has_its_own_names_in_the_house() -> None:
    assert names_of("192.168.1.5") == ["192.168.1.5"]
    assert names_of("::1") == ["[::1]"]
    # Not in this process, which is kept from all sockets but those of this machine.
    script = "from config.runtime.names import names_of; print(*names_of('0.0.0.0'))"
    everywhere = subprocess.check_output([sys.executable, "-c", script], cwd=CHECKOUT, text=True).split()
    assert socket.gethostname().lower() in everywhere
    assert "*" not in everywhere


@pytest.mark.parametrize(
    ("said", "database", "demo", "sinks"),
    [
        ([], "", True, True),
        ([], "postgres://db.example/social", False, True),
        (["--demo"], "postgres://db.example/social", True, True),
        (["--no-demo"], "", False, True),
        (["--host", "127.0.0.9"], "", True, True),
        (["--host", "0.0.0.0"], "", True, False),
        (["--host", "192.168.1.5", "--sinks"], "", True, True),
        (["--no-sinks"], "", True, False),
    ],
)
def test_demo_people_and_open_mail_are_for_a_laptop_of_ones_own(
    said: list[str], database: str, demo: bool, sinks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setattr(sys, "argv", ["bin/up", *said])
    chosen = up.options()
    assert (chosen.demo, chosen.sinks) == (demo, sinks)


def test_each_variable_of_the_docs_is_known_and_each_known_one_is_in_the_docs() -> None:
    assert set(re.findall(r"^\| ([A-Z_]+) \|", env.__doc__ or "", re.MULTILINE)) == KNOWN
    assert (
        set(re.findall(r"^\| `((?:SOCIALAPP|DATABASE|REDIS)_[A-Z_]+)` \|", doc("operations.md"), re.MULTILINE)) == KNOWN
    )


@pytest.mark.parametrize(
    ("typed", "status", "out", "error"),
    [
        (["--help"], 0, "--live-port", ""),
        (["-h"], 0, "--no-sinks", ""),
        (["--port", "70000"], 2, "", "--port must be between 1 and 65535"),
        (["--hots", "127.0.0.1"], 2, "", "unrecognized arguments: --hots"),
    ],
)
def test_a_fresh_clone_shows_its_options_before_anything_is_installed(
    typed: list[str], status: int, out: str, error: str, tmp_path: Path
) -> None:
    for folder in ("bin", "config/runtime"):
        shutil.copytree(CHECKOUT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = set(tmp_path.rglob("*"))
    done = subprocess.run(
        [str(tmp_path / "bin" / "up"), *typed],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert (out in done.stdout, error in done.stderr) == (True, True)
    assert bool(done.stdout) == bool(out)
    assert set(tmp_path.rglob("*")) == before
