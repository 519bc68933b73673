"""Mail through a real Postfix, where there is one; and the fake, which must answer as it does.

Debian's `postfix`, and `sasl2-bin` for log-ins, started by root on loopback with a configuration of its own. It throws
away whatever it takes.
"""

import asyncio
import os
import shutil
import smtplib
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings

from bin.fakes.server import Fakes
from notifications.deliveries import plan
from notifications.deliveries.send import deliver
from notifications.models import Attempt, Circuit, Delivery, Endpoint
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import pass_time

SBIN = Path("/usr/sbin")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        os.geteuid() != 0 or not all((SBIN / name).exists() for name in ("postfix", "saslpasswd2")),
        reason="needs root, and Debian's postfix and sasl2-bin",
    ),
]

LARGEST = 2_000
MAIN = """
compatibility_level = 3.6
queue_directory = {root}/spool
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination = example.org
mynetworks =
local_recipient_maps = inline:{{ada=ok}}
local_transport = discard:
default_transport = discard:
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_local_domain = mx.example.org
smtpd_client_connection_rate_limit = 0
strict_7bit_headers = yes
strict_8bitmime = yes
strict_smtputf8 = yes
maillog_file = /dev/stdout
"""
# The servers: one with all, one where SMTPUTF8 is off, one that takes log-ins, and two that take no large mail.
SERVERS = {
    "plain": "",
    "no-smtputf8": "-o smtputf8_enable=no",
    "log-ins": "-o smtpd_sasl_auth_enable=yes",
    "small": f"-o message_size_limit={LARGEST}",
    "small-unannounced": f"-o message_size_limit={LARGEST} -o smtpd_discard_ehlo_keywords=size",
}
MASTER = """
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
discard unix - - n - - discard
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""
SASL = "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {root}/logins\nmech_list: PLAIN LOGIN\n"


@pytest.fixture(scope="module")
def postfix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """The port of each of its servers."""
    root = tmp_path_factory.mktemp("postfix")
    for folder in (root, *root.parents[:2]):
        folder.chmod(folder.stat().st_mode | 0o011)  # Postfix's own user must pass
    for name in ("etc/sasl", "spool", "data"):
        (root / name).mkdir(parents=True)
    shutil.chown(root / "data", "postfix")
    ports = {name: _free_port() for name in SERVERS}
    lines = [f"127.0.0.1:{ports[name]} inet n - n - - smtpd {options}" for name, options in SERVERS.items()]
    (root / "etc/main.cf").write_text(MAIN.format(root=root))
    (root / "etc/master.cf").write_text("\n".join(lines) + MASTER)
    (root / "etc/sasl/smtpd.conf").write_text(SASL.format(root=root))
    logins = [str(SBIN / "saslpasswd2"), "-p", "-c", "-f", str(root / "logins"), "-u", "mx.example.org", "us"]
    subprocess.run(logins, input=b"right", check=True)
    shutil.chown(root / "logins", "postfix")
    command = [str(SBIN / "postfix"), "-c", str(root / "etc")]
    with (root / "log").open("w") as log:
        daemon = subprocess.Popen([*command, "start-fg"], stdout=log, stderr=log)
        try:
            while not all(_answers(port) for port in ports.values()):
                assert daemon.poll() is None, (root / "log").read_text()
                time.sleep(0.05)
            yield ports
        finally:
            subprocess.run([*command, "stop"], stdout=log, stderr=log, check=False)
            daemon.wait(20)


@dataclass(frozen=True)
class Sent:
    """How a mail to Ada ended."""

    state: str
    reason: str
    code: int | None
    answer: str
    endpoint_off: str
    failures: int


@pytest.fixture
def sent_by(settings: LazySettings, bob: Person, post: Post) -> "SentBy":
    """Through a server on that port."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 5
    return SentBy(settings, bob, post)


@dataclass(frozen=True)
class SentBy:
    """A comment on Ada's post, mailed by the product."""

    settings: LazySettings
    actor: Person
    post: Post

    def __call__(self, port: int, address: str = "ada@example.org", user: str = "", password: str = "") -> Sent:
        """Send it to that address."""
        ada = self.post.author
        self.settings.EMAIL_PORT = port
        self.settings.EMAIL_HOST_USER, self.settings.EMAIL_HOST_PASSWORD = user, password
        EmailAddress.objects.create(user=ada, email=address, verified=True, primary=True)
        plan.ensure_mail_endpoints([ada.pk])
        comment(self.actor, self.post)
        pass_time(timedelta(minutes=4))
        deliver("email")
        delivery, attempt = Delivery.objects.get(), Attempt.objects.get()
        return Sent(
            delivery.state,
            delivery.reason,
            attempt.code,
            attempt.answer,
            Endpoint.objects.get().disabled_reason,
            Circuit.objects.get().failures,
        )


NO_MAILBOX = "no_mailbox"


def test_postfix_takes_the_mail(postfix: dict[str, int], sent_by: SentBy) -> None:
    assert sent_by(postfix["plain"]) == Sent("sent", "", 250, "", "", 0)


def test_postfix_knows_no_such_recipient(postfix: dict[str, int], sent_by: SentBy) -> None:
    said = "5.1.1 <zoe@example.org>: Recipient address rejected: User unknown in local recipient table"
    assert sent_by(postfix["plain"], "zoe@example.org") == Sent("dead", NO_MAILBOX, 550, said, NO_MAILBOX, 0)


def test_postfix_refuses_to_relay_for_who_has_not_logged_in(postfix: dict[str, int], sent_by: SentBy) -> None:
    said = "5.7.1 <ada@other.example>: Relay access denied"
    assert sent_by(postfix["log-ins"], "ada@other.example") == Sent("waiting", "", 554, said, "", 1)


def test_postfix_relays_for_who_has(postfix: dict[str, int], sent_by: SentBy) -> None:
    assert sent_by(postfix["log-ins"], "ada@other.example", "us", "right") == Sent("sent", "", 250, "", "", 0)


def test_postfix_knows_another_password(postfix: dict[str, int], sent_by: SentBy) -> None:
    found = sent_by(postfix["log-ins"], user="us", password="wrong")
    assert (found.state, found.code, found.answer[:5], found.failures) == ("waiting", 535, "5.7.8", 1)


def test_postfix_offers_no_log_in(postfix: dict[str, int], sent_by: SentBy) -> None:
    found = sent_by(postfix["plain"], user="us", password="right")
    assert (found.state, found.code, found.failures) == ("waiting", None, 1)


@pytest.mark.parametrize("server", ["small", "small-unannounced"])
def test_postfix_takes_no_mail_of_that_size(server: str, postfix: dict[str, int], sent_by: SentBy) -> None:
    found = sent_by(postfix[server])
    assert (found.state, found.reason, found.answer[:5]) == ("dead", "mail_refused", "5.3.4")
    assert (found.endpoint_off, found.failures) == ("", 0)


@pytest.mark.parametrize("server", ["plain", "no-smtputf8"])
def test_an_address_that_needs_smtputf8_never_reaches_postfix(
    server: str, postfix: dict[str, int], sent_by: SentBy
) -> None:
    found = sent_by(postfix[server], "ädá@example.org")
    assert (found.state, found.code, found.answer[:5], found.failures) == ("dead", 553, "5.6.7", 0)


# --- The fake: with an address that is not of ASCII it is stricter than a Postfix without SMTPUTF8, which looks
# for such a mailbox ---

MAIL, RCPT = "MAIL FROM:<us@us.example>", "RCPT TO:<ada@example.org>"
LARGE = "DATA\r\n" + "x" * 70 + ("\r\n" + "y" * 70) * 40 + "\r\n."
TALKS: list[tuple[str, list[str]]] = [
    ("plain", ["RCPT TO:<ada@example.org>"]),
    ("plain", ["DATA"]),
    ("plain", [MAIL, "DATA"]),
    ("plain", [MAIL, "RCPT TO:<zoe@example.org>"]),
    ("plain", ["MAIL FROM:<us@127.0.0.1>"]),
    ("plain", ["MAIL FROM:<us@[127.0.0.1]>"]),
    ("plain", [MAIL, "RCPT TO:<ada@127.0.0.1>"]),
    ("plain", ["AUTH PLAIN AHVzAHJpZ2h0"]),
    ("no-smtputf8", [f"{MAIL} SMTPUTF8"]),
    ("plain", [MAIL, "RCPT TO:<ädá@example.org>"]),
    ("log-ins", ["AUTH PLAIN AHVzAHdyb25n"]),
    ("log-ins", ["AUTH PLAIN AHRoZW0AcmlnaHQ="]),
    ("log-ins", ["AUTH PLAIN AHVzAHJpZ2h0"]),
    ("small", [f"{MAIL} SIZE=30000"]),
    ("small", [MAIL, RCPT, "DATA", LARGE.partition("\r\n")[2]]),
]


@pytest.fixture
def fakes() -> Iterator[Fakes]:
    """As each of Postfix's servers is set up, by its attributes."""
    fakes, loop = Fakes(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(fakes.start(), loop).result(10)
    fakes.mail.mailboxes = {"ada@example.org"}
    yield fakes
    asyncio.run_coroutine_threadsafe(fakes.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.mark.parametrize(("server", "lines"), TALKS)
def test_the_fake_answers_as_postfix_does(server: str, lines: list[str], postfix: dict[str, int], fakes: Fakes) -> None:
    fakes.mail.smtputf8 = server != "no-smtputf8"
    fakes.mail.logins = {"us": "right"} if server == "log-ins" else {}
    fakes.mail.largest = LARGEST if server == "small" else fakes.mail.largest
    assert _last_answer(fakes.smtp_port, lines) == _last_answer(postfix[server], lines)


def _last_answer(port: int, lines: list[str]) -> tuple[int, str]:
    """To the last of these lines, after EHLO: the code and the enhanced code."""
    client = smtplib.SMTP("127.0.0.1", port, timeout=5)
    client.ehlo("us.example")
    for line in lines:
        client.send(f"{line}\r\n".encode())
        code, text = client.getreply()
    client.close()
    return code, text.decode().partition(" ")[0] if code >= 400 else ""


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        return connection.recv(3) == b"220"
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
