"""The product as strangers meet it: behind a real nginx or Caddy that speaks TLS, configured as deploy/ has it."""

import io
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image
from requests.adapters import HTTPAdapter

from config.env import CHECKOUT
from tests.product import Product, free_port, running_product

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CADDY = shutil.which("caddy")
NAME = "social.example"
PATIENCE_S = 30
DEPLOY = CHECKOUT / "deploy"
# What nginx needs around deploy/nginx.conf when it runs from a folder of its own.
AROUND_NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error.log;{user}
events {{ worker_connections 128; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/socialapp.conf;
}}
"""

# What Caddy wants beside deploy/Caddyfile when it is one of several servers.
IN_CADDY = """
\tadmin off
\thttp_port {http}
\thttps_port {https}
\tdefault_bind 127.0.0.1
\tskip_install_trust
"""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Site:
    """The product, and the ports of the proxy in front of it."""

    product: Product
    https: int
    http: int
    certificate: Path

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.https}"

    def browser(self, address: str) -> "Browser":
        """Somebody at an address of their own."""
        return Browser(self, address)


class _From(HTTPAdapter):
    """Connects to this machine from one of its addresses, and asks for the name that the certificate has."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, source_address=(self.address, 0), server_hostname=NAME, **kwargs)


class Browser:
    """Cookies, forms with their token, and an address."""

    def __init__(self, site: Site, address: str) -> None:
        self.site = site
        self.session = requests.Session()
        self.session.trust_env = False  # no certificates and no proxy but what is said here
        self.session.mount("https://", _From(address))
        self.session.verify = str(site.certificate)
        self.session.headers["Host"] = f"{NAME}:{site.https}"

    def get(self, path: str, **options: Any) -> requests.Response:
        """Without following where it leads."""
        return self.session.get(
            f"https://127.0.0.1:{self.site.https}{path}", allow_redirects=False, timeout=30, **options
        )

    def post(self, path: str, values: dict[str, str], at: str = "", **options: Any) -> requests.Response:
        """Fill in the form of a page, and send it as browsers do."""
        token = re.search(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"', self.get(at or path).text)
        assert token, f"{path} has no form"
        headers = {"Origin": self.site.url, "Referer": f"{self.site.url}{path}", **options.pop("headers", {})}
        return self.session.post(
            f"https://127.0.0.1:{self.site.https}{path}",
            {"csrfmiddlewaretoken": token[1], **values},
            headers=headers,
            allow_redirects=False,
            timeout=30,
            **options,
        )

    def log_in(self, login: str, password: str, **headers: str) -> bool:
        """Is it let in?"""
        return self.post("/accounts/login/", {"login": login, "password": password}, headers=headers).status_code == 302


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for NAME that its own key signed, and the key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, secret


@dataclass(frozen=True)
class Setup:
    """What a proxy in a folder of its own is to know."""

    folder: Path
    web: int
    vanished: int  # a second one of web that does not answer
    live: int
    https: int
    http: int
    pem: Path
    key: Path


def fill_in(conf: str, values: dict[str, str]) -> str:
    """A configuration with the ports and files of this machine."""
    for ours, theirs in values.items():
        assert ours in conf
        conf = conf.replace(ours, theirs)
    return conf


def nginx(setup: Setup) -> list[str]:
    """Write its configuration. Returns its command."""
    filled = fill_in(
        (DEPLOY / "nginx.conf").read_text(),
        {
            "127.0.0.1:8000": f"127.0.0.1:{setup.vanished}; server 127.0.0.1:{setup.web}",
            "127.0.0.1:8001": f"127.0.0.1:{setup.live}",
            "listen 443": f"listen 127.0.0.1:{setup.https}",
            "listen 80": f"listen 127.0.0.1:{setup.http}",
            # Not every machine that tests has IPv6.
            "listen [::]:443": f"listen 127.0.0.2:{setup.https}",
            "listen [::]:80": f"listen 127.0.0.2:{setup.http}",
            "/etc/ssl/social.example.pem": str(setup.pem),
            "/etc/ssl/social.example.key": str(setup.key),
            "https://social.example$": f"https://social.example:{setup.https}$",
        },
    )
    folder = setup.folder
    (folder / "socialapp.conf").write_text(filled)
    user = " user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND_NGINX.format(folder=folder, user=user))
    return [str(NGINX), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]


def caddy(setup: Setup) -> list[str]:
    """Write its configuration. Returns its command."""
    site = "https://{$DOMAIN:social.example} {\n"
    filled = fill_in(
        (DEPLOY / "Caddyfile").read_text(),
        {
            "{$WEB:127.0.0.1:8000}": f"127.0.0.1:{setup.web} 127.0.0.1:{setup.vanished}",
            "{$LIVE:127.0.0.1:8001}": f"127.0.0.1:{setup.live}",
            "\tgrace_period 10s\n": "\tgrace_period 10s" + IN_CADDY.format(http=setup.http, https=setup.https),
            site: f"{site}\ttls {setup.pem} {setup.key}\n",
            "redir https://{$DOMAIN:social.example}{uri}": f"redir https://social.example:{setup.https}{{uri}}",
        },
    )
    conf = setup.folder / "Caddyfile"
    conf.write_text(filled)
    return ["env", f"HOME={setup.folder}", str(CADDY), "run", "--config", str(conf), "--adapter", "caddyfile"]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            nginx, marks=pytest.mark.skipif(not NGINX, reason="nginx is not installed: apt-get install nginx-light")
        ),
        pytest.param(
            caddy, marks=pytest.mark.skipif(not CADDY, reason="Caddy is not installed: apt-get install caddy")
        ),
    ],
    ids=["nginx", "Caddy"],
)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Healthy: bin/up says so, with an https address."""
    folder = tmp_path_factory.mktemp("proxy")
    pem, key = make_certificate(folder)
    https, http = free_port(), free_port()
    url, token = f"https://{NAME}:{https}", "0123456789abcdefghijkl"
    with (
        running_product(SOCIALAPP_URL=url, SOCIALAPP_PROXIES="1", SOCIALAPP_METRICS=token) as product,
        vanished_server() as vanished,
    ):
        web, live = urlsplit(product.url).port or 0, int(product.remembered["LIVE_PORT"])
        command = request.param(Setup(folder, web, vanished, live, https, http, pem, key))
        with (folder / "proxy.log").open("w") as log:
            proxy = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(lambda: listens(https))
            if request.param is caddy:
                wait_for(lambda: "health_checker" in (folder / "proxy.log").read_text())  # knows who vanished
            yield Site(product, https, http, pem)
        finally:
            proxy.send_signal(signal.SIGTERM)
            proxy.wait(PATIENCE_S)


@contextmanager
def vanished_server() -> Iterator[int]:
    """A port that answers as a host without power does: not at all. Its queue is full, so the kernel drops the rest."""
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(2):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def wait_for(happens: Callable[[], Any]) -> Any:
    """What it says when it says something."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := happens()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return found


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_people_log_in_and_their_cookies_travel_by_https_alone(site: Site) -> None:
    ada = site.browser("127.0.0.2")
    assert ada.log_in("ada", site.product.demo_password)
    assert {cookie.name for cookie in ada.session.cookies} >= {"__Host-sessionid", "__Host-csrftoken", "known_browser"}
    assert all(cookie.secure for cookie in ada.session.cookies)
    home = ada.get("/")
    assert home.status_code == 200
    assert "max-age=31536000" in home.headers["Strict-Transport-Security"]
    assert 'data-url="/live/"' in home.text


def test_plain_http_leads_to_https_and_only_probes_are_answered_by_http(site: Site) -> None:
    by_name = requests.get(
        f"http://127.0.0.1:{site.http}/@ada/", headers={"Host": NAME}, allow_redirects=False, timeout=10
    )
    assert (by_name.status_code, by_name.headers["Location"]) == (301, f"{site.url}/@ada/")
    direct = requests.get(f"{site.product.url}/@ada/", allow_redirects=False, timeout=10)
    assert (direct.status_code, direct.headers["Location"]) == (301, f"{site.url}/@ada/")
    probe = requests.get(
        f"{site.product.url}/readyz", headers={"Host": "10.244.3.17"}, allow_redirects=False, timeout=10
    )
    assert (probe.status_code, probe.json()["status"]) == (200, "ok")


def test_the_link_of_a_reset_mail_is_ours_and_works(site: Site) -> None:
    dana = site.browser("127.0.0.4")
    assert dana.post("/accounts/password/reset/", {"email": "dana@example.org"}).status_code == 302

    def link() -> str:
        mails = requests.get(f"{site.product.remembered['FAKES_URL']}/mails.json", timeout=10).json()
        texts = [mail["text"] for mail in mails if mail["to"] == "dana@example.org"]
        return next((word for text in texts for word in text.split() if "/password/reset/key/" in word), "")

    found = wait_for(link)
    assert found.startswith(f"{site.url}/accounts/password/reset/key/")
    form = dana.get(found.removeprefix(site.url)).headers["Location"]
    new = "another correct battery"
    assert dana.post(form, {"password1": new, "password2": new}).status_code == 302
    assert site.browser("127.0.0.4").log_in("dana", new)


def test_a_stream_arrives_as_it_is_written(site: Site) -> None:
    ada, bob = site.browser("127.0.0.2"), site.browser("127.0.0.3")
    assert ada.log_in("ada", site.product.demo_password)
    assert bob.log_in("bob", site.product.demo_password)
    events = ada.get("/live/?entries=1", stream=True, headers={"Accept": "text/event-stream"})
    assert (events.status_code, events.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    lines = (str(line) for line in events.iter_lines(chunk_size=1, decode_unicode=True))
    assert next(line for line in lines if line.startswith("event:")) == "event: hello"
    bob.post("/posts/", {"body": "Is anybody there, @ada?"})
    assert next(line for line in lines if line == "event: inbox")
    events.close()


def test_pictures_are_uploaded_and_served(site: Site) -> None:
    ada = site.browser("127.0.0.2")
    assert ada.log_in("ada", site.product.demo_password)
    file = io.BytesIO()
    Image.effect_noise((2_400, 1_800), 90).convert("RGB").save(file, "PNG")
    assert len(file.getvalue()) > 2_000_000  # nginx takes 1 MB unless its configuration allows more
    sent = ada.post("/posts/", {"body": "Noise"}, files={"pictures": ("noise.png", file.getvalue(), "image/png")})
    assert sent.status_code == 302

    def picture() -> requests.Response | None:
        found = re.search(r'src="(/media/[^"]+)"', ada.get(sent.headers["Location"]).text)
        return ada.get(found[1]) if found else None

    served = wait_for(picture)
    assert (served.status_code, served.headers["Content-Type"]) == (200, "image/webp")


def test_of_two_people_behind_one_proxy_only_the_one_who_guesses_is_locked_out(site: Site) -> None:
    guesser, bob = site.browser("127.0.0.5"), site.browser("127.0.0.6")
    for number in range(12):
        # What a client writes into X-Forwarded-For frees it of nothing.
        assert not guesser.log_in(f"nobody{number}", "wrong", **{"X-Forwarded-For": f"10.0.0.{number}"})
    assert not guesser.log_in("bob", site.product.demo_password)
    assert bob.log_in("bob", site.product.demo_password)


def test_a_foreign_host_is_refused_by_the_proxy_and_by_the_product(site: Site) -> None:
    stranger = site.browser("127.0.0.7")
    with pytest.raises(requests.ConnectionError):
        stranger.get("/accounts/login/", headers={"Host": "evil.example"})
    direct = {"Host": "evil.example", "X-Forwarded-Proto": "https"}
    for path in ("/accounts/password/reset/", "/api/social/v1/public/", "/live/"):
        answer = requests.get(site.product.url + path, headers=direct, allow_redirects=False, timeout=10)
        assert answer.status_code == 400
        assert "evil.example" not in answer.text + json.dumps(dict(answer.headers))


@pytest.mark.parametrize("path", ["/metrics", "/live/metrics", "/metrics/", "/live/metrics/", "/live/%6Detrics"])
def test_metrics_are_not_for_the_internet(site: Site, path: str) -> None:
    answer = site.browser("127.0.0.7").get(path)
    assert answer.status_code == 404  # the product itself would ask for the token


def test_a_host_of_web_that_vanished_is_left_out(site: Site) -> None:
    ada = site.browser("127.0.0.2")
    assert ada.log_in("ada", site.product.demo_password)
    assert [ada.get("/").status_code for _ in range(20)] == [200] * 20


def test_a_client_does_not_name_its_requests_in_our_logs(site: Site) -> None:
    stranger = site.browser("127.0.0.7")
    ids = {stranger.get("/public/", headers={"X-Request-ID": "chosen-by-me"}).headers["X-Request-ID"] for _ in "ab"}
    assert len(ids - {"chosen-by-me"}) == 2


def test_what_the_docs_show_is_what_is_tested() -> None:
    assert (DEPLOY / "nginx.conf").read_text() in (CHECKOUT / "docs" / "operations.md").read_text()


def test_the_certificate_is_checked(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.https)) as plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname=NAME)
