"""`manage.py doctor` on a site that is well, and each of its lines when what it is about is not."""

import json
import os
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from urllib.request import Request, urlopen

import psycopg2
import pytest
import redis
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from bin.doctor import database
from bin.doctor.findings import Wrong
from tests.config.test_pgbouncer import PGBOUNCER
from tests.config.test_pgbouncer import server as pooler
from tests.product import Product, free_port, manage, running_product

pytestmark = pytest.mark.slow


class Proxy(BaseHTTPRequestHandler):
    """What stands before the product and ends TLS: as a good one, or with a fault."""

    behind: ClassVar[int]
    headers_sent: ClassVar[dict[str, str]] = {}
    appends = True
    answers: ClassVar[bytes | None] = None
    ahead_s = 0
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Hand it on."""
        request = Request(f"http://127.0.0.1:{self.behind}{self.path}")
        for name in ("X-Socialapp-Doctor", "X-Forwarded-For", "Host"):
            if name in self.headers:
                request.add_header(name, self.headers[name])
        if self.appends:
            request.add_header("X-Forwarded-For", f"{self.headers['X-Forwarded-For']}, {self.client_address[0]}")
        for name, value in self.headers_sent.items():
            request.add_header(name, value)
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            body = self.answers or answer.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """By its clock."""
        return super().date_time_string((timestamp or time.time()) + self.ahead_s)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """No word of it."""


def certificate(folder: Path, days: int) -> tuple[Path, Path]:
    """One for localhost that ends in so many days, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / f"cert{days}.pem", folder / f"key{days}.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, secret


@contextmanager
def proxy(port: int, pem: Path, secret: Path) -> Iterator[None]:
    """That certificate on that port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    server = ThreadingHTTPServer(("127.0.0.1", port), Proxy)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="socialapp-doctor-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def product(folder: Path, port: int) -> Iterator[Product]:
    """A site behind a proxy, whose certificate is good."""
    pem, _ = certificate(folder, 60)
    with running_product(
        "--no-demo",
        SOCIALAPP_URL=f"https://localhost:{port}",
        SOCIALAPP_PROXIES="1",
        SOCIALAPP_VAPID_CONTACT="mailto:me@social.example.org",
        SSL_CERT_FILE=str(pem),
    ) as running:
        Proxy.behind = int(running.url.rpartition(":")[2])
        yield running


@pytest.fixture
def good_proxy(folder: Path, port: int, product: Product, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Proxy, "headers_sent", {"X-Forwarded-Proto": "https"})
    with proxy(port, folder / "cert60.pem", folder / "key60.pem"):
        yield


def found(product: Product, *options: str, **variables: str) -> dict[str, tuple[str, str]]:
    """What doctor says: {subject: (state, text)}."""
    done = manage({**product.environment, **variables}, "doctor", "--json", *options)
    assert done.stdout, done.stderr
    lines = {each["subject"]: (each["state"], each["text"]) for each in json.loads(done.stdout)}
    assert done.returncode == (1 if any(state == "wrong" for state, _ in lines.values()) else 0)
    return lines


def wrong(product: Product, *options: str, **variables: str) -> dict[str, str]:
    """What it finds wrong."""
    lines = found(product, *options, **variables)
    return {subject: text for subject, (state, text) in lines.items() if state == "wrong"}


def tell(product: Product, *statements: str) -> None:
    """Have the product's own PostgreSQL do it."""
    connection = psycopg2.connect(product.remembered["DATABASE_URL"])
    connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    with connection.cursor() as cursor:
        for statement in (*statements, "SELECT pg_reload_conf()"):
            cursor.execute(statement)
    connection.close()
    time.sleep(0.5)


def test_a_site_that_is_well(product: Product, good_proxy: None) -> None:
    lines = found(product)
    assert {subject: text for subject, (state, text) in lines.items() if state == "wrong"} == {}
    assert {subject for subject, (state, _) in lines.items() if state == "warning"} <= {
        "database: standby", "disk"
    }  # fmt: skip
    assert "no synchronous standby" in lines["database: standby"][1]
    assert list(lines) == [
        "database", "database: texts", "database: migrations", "database: guards", "database: direct",
        "database: settings", "database: disk", "database: standby", "database: replica", "database: writes", "clock",
        "broker", "workers", "beat", "disk", "files", "storage", "settings", "proxy", "certificate",
        "clock: site", "mail", "push",
    ]  # fmt: skip
    told = product.manage("doctor")
    assert (told.returncode, told.stderr) == (0, "")
    assert "     ok  workers: each of " in told.stdout


def test_a_mail_is_sent_only_when_it_is_asked_for(product: Product, good_proxy: None) -> None:
    mails = f"{product.remembered['FAKES_URL']}/mails.json"
    found(product)
    before = len(json.load(urlopen(mails)))  # noqa: S310
    assert found(product, "--mail-to", "me@example.org")["mail: sent"][0] == "ok"
    assert len(json.load(urlopen(mails))) == before + 1  # noqa: S310


def test_a_mail_that_is_refused(product: Product, good_proxy: None) -> None:
    def script(always: str) -> None:
        body = json.dumps({"always": always}).encode()
        headers = {"Content-Type": "application/json"}
        urlopen(Request(f"{product.remembered['FAKES_URL']}/script/email", body, headers)).close()  # noqa: S310

    script("rcpt 554 5.7.1 Relay access denied")
    try:
        assert "Relay access denied" in wrong(product, "--mail-to", "me@example.org")["mail: sent"]
    finally:
        script("ok")


# --- The database ---


def test_a_database_that_is_away(product: Product, good_proxy: None) -> None:
    lines = found(product, DATABASE_URL="postgres://me@127.0.0.1:9/social")
    assert lines["database"][0] == "wrong"
    assert "DATABASE_URL cannot be used" in lines["database"][1]
    assert lines["database: guards"] == ("warning", "not tried without database")


@pytest.fixture
def bare() -> Iterator[str]:
    """The URL of a database that nothing prepared, in an encoding that knows no letters."""
    tests = settings.DATABASES["default"]
    url = f"postgres://{tests['USER']}:{tests['PASSWORD']}@{tests['HOST']}:{tests['PORT']}"
    admin = psycopg2.connect(f"{url}/postgres")
    admin.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    with admin.cursor() as cursor:
        cursor.execute("CREATE DATABASE bare ENCODING 'SQL_ASCII' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0")
        yield f"{url}/bare"
        cursor.execute("DROP DATABASE bare WITH (FORCE)")
    admin.close()


def test_a_database_that_nothing_prepared(product: Product, good_proxy: None, bare: str) -> None:
    said = wrong(product, DATABASE_URL=bare)
    assert "its encoding is SQL_ASCII" in said["database: texts"]
    assert "not applied: run manage.py prepare" in said["database: migrations"]
    assert "idle_in_transaction_session_timeout is 0" in said["database: guards"]
    assert 'relation "cache" does not exist' in said["database: writes"]


@pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed (Debian: apt-get install pgbouncer)")
def test_a_pooler_and_no_direct_way(product: Product, good_proxy: None) -> None:
    with pooler("pooled_doctor") as (url, direct):
        assert "name PostgreSQL itself in DATABASE_DIRECT_URL" in wrong(product, DATABASE_URL=url)["database: direct"]
        assert "database: direct" not in wrong(product, DATABASE_URL=url, DATABASE_DIRECT_URL=direct)
        away = wrong(product, DATABASE_URL=url, DATABASE_DIRECT_URL="postgres://me@127.0.0.1:9/social")
        assert "DATABASE_DIRECT_URL cannot be used" in away["database: direct"]


@pytest.mark.parametrize(
    ("setting", "subject", "says"),
    [
        ("autovacuum = off", "database: settings", "autovacuum is off"),
        ("fsync = off", "database: disk", "fsync off: a power cut loses accepted reactions"),
        ("synchronous_commit = off", "database: disk", "synchronous_commit off"),
        ("synchronous_standby_names = 'moon'", "database: standby", "none of them follows"),
        ("full_page_writes = off", "database: disk", "full_page_writes off"),
    ],
)
def test_a_setting_that_loses_or_hangs(
    product: Product, good_proxy: None, setting: str, subject: str, says: str
) -> None:
    try:
        tell(product, f"ALTER SYSTEM SET {setting}")
        assert says in wrong(product)[subject]
    finally:
        tell(product, f"ALTER SYSTEM RESET {setting.partition(' ')[0]}")


@pytest.mark.django_db
def test_a_server_that_is_slow_by_its_settings_is_doubted(product: Product, good_proxy: None) -> None:
    """Debian's, as it comes: not ours, whose settings are on its command line."""
    programs = next(Path("/usr/lib/postgresql").glob("*/bin"), None)
    if programs is None:
        pytest.skip("postgresql is not installed (Debian: apt-get install postgresql)")
    with plain_postgres(programs) as url:
        state, text = found(product, DATABASE_URL=url)["database: settings"]
        assert (state, "checkpoint_timeout is 300" in text, "autovacuum_naptime is 60" in text) == (
            "warning",
            True,
            True,
        )


@contextmanager
def plain_postgres(programs: Path) -> Iterator[str]:
    """As initdb makes it."""
    folder = Path(tempfile.mkdtemp(prefix="socialapp-plain-"))
    user = 65_534 if os.geteuid() == 0 else None
    if user:
        os.chown(folder, user, user)
    port = free_port()
    as_user: dict[str, Any] = {"user": user, "cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    cluster = str(folder / "cluster")
    subprocess.run(
        [str(programs / "initdb"), "-D", cluster, "-U", "me", "-E", "UTF8", "--locale=C.UTF-8"], check=True, **as_user
    )
    server = subprocess.Popen(
        [str(programs / "postgres"), "-D", cluster, "-p", str(port), "-h", "127.0.0.1", "-k", ""], **as_user
    )
    url = f"postgres://me@127.0.0.1:{port}/postgres"
    try:
        for _ in range(200):
            try:
                psycopg2.connect(url).close()
                break
            except psycopg2.OperationalError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


@pytest.mark.django_db
@pytest.mark.parametrize("off_s", [-3_600, 3_600])
def test_a_clock_that_is_not_the_databases(off_s: int) -> None:
    with time_machine.travel(time.time() + off_s, tick=True), pytest.raises(Wrong, match="let NTP set both"):
        database.clock()
    assert database.clock() == "that of the database is as this machine's"


# --- The broker, and who works ---


def test_a_broker_that_is_away(product: Product, good_proxy: None) -> None:
    lines = found(product, REDIS_URL="redis://127.0.0.1:9/0")
    assert {name: lines[name][0] for name in ("broker", "workers", "beat")} == {
        "broker": "wrong", "workers": "warning", "beat": "warning",
    }  # fmt: skip


def test_a_broker_that_drops_work(product: Product, good_proxy: None) -> None:
    with redis.Redis.from_url(product.remembered["REDIS_URL"]) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert "maxmemory-policy is allkeys-lru" in wrong(product)["broker"]
        finally:
            client.config_set("maxmemory-policy", "noeviction")


def test_queues_without_a_worker_and_sweeps_without_beat(product: Product, good_proxy: None) -> None:
    elsewhere = settings.CELERY_BROKER_URL.rpartition("/")[0] + "/6"
    said = wrong(product, REDIS_URL=elsewhere)
    with redis.Redis.from_url(elsewhere) as client:
        client.flushdb()
    assert set(said) == {"workers", "beat"}
    assert (
        "no worker took email, fanout, heavy-pictures, messages, pictures, push, takeout, webhook within"
        in said["workers"]
    )
    assert said["beat"].startswith("nothing was swept yet")


# --- The machine ---


def test_a_key_that_others_can_read(product: Product, good_proxy: None) -> None:
    key = product.data / "secret_key"
    key.chmod(0o644)
    try:
        assert f"other users can read {key}" in wrong(product)["files"]
    finally:
        key.chmod(0o600)


def test_a_place_of_pictures_that_takes_none(product: Product, good_proxy: None, tmp_path: Path) -> None:
    (tmp_path / "public").touch()
    assert set(wrong(product, SOCIALAPP_MEDIA=str(tmp_path))) == {"storage"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_is_full(product: Product, good_proxy: None, tmp_path: Path) -> None:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m,nr_inodes=50", "socialapp-doctor", str(tmp_path)],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        (tmp_path / "public").mkdir()
        assert found(product, SOCIALAPP_MEDIA=str(tmp_path))["disk"][0] in {"ok", "warning"}
        for number in range(40):
            (tmp_path / f"{number}").touch()
        state, text = found(product, SOCIALAPP_MEDIA=str(tmp_path))["disk"]
        assert (state, "inodes free" in text) == ("warning", True)
        (tmp_path / "0").write_bytes(b"\0" * 50 * 2**20)
        assert "MB are free in pictures" in wrong(product, SOCIALAPP_MEDIA=str(tmp_path))["disk"]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)  # noqa: S607


# --- Outside ---


def test_a_name_that_leads_nowhere(product: Product) -> None:
    said = wrong(product)
    assert "cannot be reached from here" in said["proxy"]
    assert "refused" in said["certificate"]


def test_a_name_that_leads_to_another_site(product: Product, good_proxy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Proxy, "answers", b'{"status": "ok"}')
    assert "is another site" in wrong(product)["proxy"]
    monkeypatch.setattr(Proxy, "answers", b"<h1>Welcome to nginx!</h1>")
    assert "is not answered by this site" in wrong(product)["proxy"]


@pytest.mark.parametrize("ahead_s", [600, -600])
def test_a_proxy_whose_clock_is_off(
    product: Product, good_proxy: None, ahead_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Proxy, "ahead_s", ahead_s)
    text = wrong(product)["clock: site"]
    assert "let NTP set both" in text
    assert abs(int(text.split(" is ")[1].split(" s ")[0]) - ahead_s) < 60


def test_a_proxy_that_does_not_say_https(product: Product, good_proxy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Proxy, "headers_sent", {})
    assert "the proxy does not set X-Forwarded-Proto" in wrong(product)["proxy"]


def test_a_proxy_that_hands_on_what_people_say_of_their_address(
    product: Product, good_proxy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Proxy, "appends", False)
    assert "people can forge their address" in wrong(product)["proxy"]


def test_a_proxy_that_is_not_counted(product: Product, good_proxy: None) -> None:
    assert "all people share one address" in wrong(product, SOCIALAPP_PROXIES="0")["proxy"]
    unset = found(product, SOCIALAPP_PROXIES="")
    assert (unset["settings"][0], "socialapp.W001" in unset["settings"][1]) == ("warning", True)


@pytest.mark.parametrize(
    ("days", "state", "says"), [(5, "warning", "it ends in 5 days"), (-1, "wrong", "certificate has expired")]
)
def test_a_certificate_that_ends(
    product: Product, folder: Path, port: int, days: int, state: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Proxy, "headers_sent", {"X-Forwarded-Proto": "https"})
    pem, secret = certificate(folder, days)
    with proxy(port, pem, secret):
        found_state, text = found(product, SSL_CERT_FILE=str(pem))["certificate"]
    assert (found_state, says in text) == (state, True), text


def test_a_site_without_tls_and_push_services_that_know_nobody(product: Product, good_proxy: None) -> None:
    lines = found(product, SOCIALAPP_URL=product.url, SOCIALAPP_PROXIES="0", SOCIALAPP_VAPID_CONTACT="")
    assert lines["certificate"] == (
        "warning",
        "SOCIALAPP_URL is http: what people send can be read on the way. On the internet, use https.",
    )
    assert (lines["push"][0], "set SOCIALAPP_VAPID_CONTACT" in lines["push"][1]) == ("warning", True)


# Somebody with a browser, whose push service is at an address that is to be filled in.
BROWSER = """
WITH ada AS (
    INSERT INTO users_person (username, name, bio, email, password, is_staff, is_superuser, suspended_reason)
    VALUES ('ada_of_doctor', '', '', '', '!', false, false, '') RETURNING id
), circuit AS (INSERT INTO notifications_circuit (name) VALUES ('push of doctor') RETURNING id)
INSERT INTO notifications_endpoint (person_id, channel, name, address, keys, host, circuit_id)
SELECT ada.id, 'push', '', '{}', '{{}}', '', circuit.id FROM ada, circuit
"""
NO_BROWSER = """
DELETE FROM notifications_endpoint;
DELETE FROM notifications_circuit WHERE name = 'push of doctor'
"""


def test_push_services_that_are_away_or_refuse_our_signature(product: Product, good_proxy: None) -> None:
    service = product.remembered["FAKES_URL"].rpartition("/")[0]
    tell(product, BROWSER.format(f"{service}/push/somebody"))
    try:
        assert found(product)["push"] == (
            "ok",
            f"{service} answers; push services reach you at mailto:me@social.example.org",
        )
        assert f"{service} cannot be reached" in wrong(product, SOCIALAPP_ALLOWED_PRIVATE_HOSTS="127.0.0.1:9")["push"]
        tell(product, "UPDATE notifications_endpoint SET address = 'http://127.0.0.1:9/push/somebody'")
        away = wrong(product, SOCIALAPP_ALLOWED_PRIVATE_HOSTS="127.0.0.1:9")["push"]
        assert away.startswith("http://127.0.0.1:9 cannot be reached")
        tell(product, "UPDATE notifications_circuit SET failures = 1, last_error = 'signature_refused'")
        assert "of 1 browsers refuse our signature" in wrong(product)["push"]
    finally:
        tell(product, NO_BROWSER)


def test_a_mail_server_that_is_away_or_lets_us_not_in(product: Product, good_proxy: None) -> None:
    assert "Connection refused" in wrong(product, SOCIALAPP_MAIL_URL="smtp://127.0.0.1:9")["mail"]
    port = product.remembered["SOCIALAPP_MAIL_URL"].rpartition(":")[2]
    assert wrong(product, SOCIALAPP_MAIL_URL=f"smtp://me:secret@127.0.0.1:{port}")["mail"].startswith("SMTP")
    assert found(product, SOCIALAPP_MAIL_URL="anymail://console")["mail"][0] == "ok"
