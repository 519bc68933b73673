"""Push, held against software that is not ours, and a fake that refuses what the real services refuse.

joserfc reads the token, py_vapid (Mozilla's) the header, http_ece the message.
Mozilla's rules are those of autopush-rs, Apple's are in its list of BadJwtToken
and in what people found out: docs/delivery.md.
"""

import base64
import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import http_ece
import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from joserfc import jwt
from joserfc.jwk import ECKey
from py_vapid import Vapid02

from bin.fakes.push import Browser
from config.env import STAND_IN_CONTACT
from notifications.channels import push, safe_http
from notifications.channels.push import application_server_key, origin_of
from notifications.deliveries.send import deliver
from notifications.endpoints import operations
from notifications.models import Circuit, Delivery, Endpoint, PushKey
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time
from tests.people import logged_in

DAY = 86_400


# --- What we send ---


@dataclass
class Captured:
    """A push service that takes all, and keeps what came."""

    url: str
    headers: list[Message] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


@pytest.fixture
def captured(settings: LazySettings) -> Iterator[Captured]:
    """On loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.headers.append(self.headers)
            found.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found = Captured(f"http://127.0.0.1:{server.server_port}")
    settings.ALLOWED_PRIVATE_HOSTS = frozenset([f"127.0.0.1:{server.server_port}"])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.django_db
def test_the_token_and_the_message_are_what_other_libraries_read(
    captured: Captured, ada: Person, bob: Person, post: Post
) -> None:
    key, auth = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": b64(point), "auth": b64(auth)}
    operations.add_push_endpoint(person=ada, name="Firefox", address=f"{captured.url}/p/x", keys=keys)
    comment(bob, post)
    deliver("push")

    (headers,), (body,) = captured.headers, captured.bodies
    assert Vapid02.verify(headers["Authorization"])
    parts = dict(part.split("=", 1) for part in headers["Authorization"].removeprefix("vapid ").split(","))
    assert parts["k"] == application_server_key()
    token = jwt.decode(parts["t"], ec_key(parts["k"]), algorithms=["ES256"])
    rules = jwt.JWTClaimsRegistry(
        aud={"essential": True, "value": captured.url}, exp={"essential": True}, sub={"essential": True}
    )
    rules.validate(token.claims)
    # Mozilla reads it into a u64, and takes no more than a day from now.
    assert type(token.claims["exp"]) is int
    assert time.time() < token.claims["exp"] <= time.time() + DAY
    assert token.header == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(http_ece.decrypt(body, private_key=key, auth_secret=auth, version="aes128gcm"))["title"] == (
        "Bob commented on your post"
    )
    assert len(body) <= 4_096
    assert headers["Content-Encoding"] == "aes128gcm"
    assert headers["Urgency"] == "normal"
    assert int(headers["TTL"]) > 0


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://updates.push.services.mozilla.com/wpush/v2/x", "https://updates.push.services.mozilla.com"),
        ("https://FCM.googleapis.com:443/fcm/send/x", "https://fcm.googleapis.com"),
        ("https://push.example.org:8443/p", "https://push.example.org:8443"),
        ("https://[2600:1901::1]/p", "https://[2600:1901::1]"),
        ("https://[2600:1901::1]:8443/p", "https://[2600:1901::1]:8443"),
        ("http://127.0.0.1:80/p", "http://127.0.0.1"),
    ],
)
@pytest.mark.django_db
def test_the_audience_is_the_origin_of_the_push_service(endpoint: str, origin: str) -> None:
    assert origin_of(endpoint) == origin
    value = push._signed(endpoint)["Authorization"]
    token = value.removeprefix("vapid t=").split(",")[0]
    assert jwt.decode(token, ec_key(application_server_key()), algorithms=["ES256"]).claims["aud"] == origin


# --- What the fake refuses: (what is wrong, status, a word of the rule that it names) ---


def drop(name: str) -> Any:
    return lambda parts: parts["headers"].pop(name)


def header(name: str, value: str) -> Any:
    return lambda parts: parts["headers"].update({name: value})


def claim(name: str, value: object) -> Any:
    return lambda parts: parts["claims"].update({name: value})


def no_claim(name: str) -> Any:
    return lambda parts: parts["claims"].pop(name)


WRONG: list[tuple[str, Any, int, str]] = [
    ("exp as text", lambda p: p["claims"].update(exp=str(p["claims"]["exp"])), 401, "exp is no JSON number"),
    ("exp as a fraction", lambda p: p["claims"].update(exp=p["claims"]["exp"] + 0.5), 401, "exp is no JSON number"),
    ("exp true", claim("exp", True), 401, "exp is no JSON number"),
    ("no exp", no_claim("exp"), 401, "exp is no JSON number"),
    ("exp in the past", lambda p: p["claims"].update(exp=int(time.time()) - 1), 403, "exp is in the past"),
    ("exp too far", lambda p: p["claims"].update(exp=int(time.time()) + DAY + 60), 403, "exp is more than 24 hours"),
    ("no sub", no_claim("sub"), 403, "sub is missing"),
    ("sub null", claim("sub", None), 403, "sub is missing"),
    ("sub a bare address", claim("sub", "a@example.org"), 403, "sub is neither"),
    ("sub http", claim("sub", "http://example.org"), 403, "sub is neither"),
    ("sub mailto: alone", claim("sub", "mailto:"), 403, "sub names no mail address"),
    ("sub without a host", claim("sub", "mailto:admin"), 403, "sub names no mail address"),
    ("sub with a name", claim("sub", "mailto:Admin <a@b.example>"), 403, "sub names no mail address"),
    ("sub with a blank", claim("sub", "mailto: a@example.org"), 403, "sub names no mail address"),
    ("sub at localhost", claim("sub", "mailto:a@localhost"), 403, "sub names a host that does not exist"),
    ("sub at .local", claim("sub", "mailto:relay@herdr.local"), 403, "sub names a host that does not exist"),
    ("sub at .invalid", claim("sub", "mailto:a@site.invalid"), 403, "sub names a host that does not exist"),
    ("sub at an address", claim("sub", "mailto:noreply@127.0.0.1"), 403, "sub names a host that does not exist"),
    ("sub https alone", claim("sub", "https://"), 403, "sub names a host that does not exist"),
    ("sub https localhost", claim("sub", "https://localhost/x"), 403, "sub names a host that does not exist"),
    ("no aud", no_claim("aud"), 403, "aud is None"),
    ("aud of another", claim("aud", "https://fcm.googleapis.com"), 403, "aud is 'https://fcm"),
    ("aud with a path", lambda p: p["claims"].update(aud=p["claims"]["aud"] + "/push"), 403, "aud is"),
    ("aud in a list", lambda p: p["claims"].update(aud=[p["claims"]["aud"]]), 403, "aud is ["),
    ("no Authorization", drop("Authorization"), 401, "Authorization is missing"),
    ("another scheme", header("Authorization", "WebPush abc"), 401, "the scheme is"),
    ("no k", lambda p: p.update(form="vapid t={t}"), 401, "the parameters are not t and k"),
    ("k twice", lambda p: p.update(form="vapid t={t},k={k},k={k}"), 401, "the parameters are not t and k"),
    ("k padded", lambda p: p.update(form="vapid t={t},k={k}="), 403, "k is no base64url"),
    ("k no point", lambda p: p.update(form="vapid t={t},k=AAAA"), 403, "k is no uncompressed point"),
    ("t no JWT", lambda p: p.update(form="vapid t=abc,k={k}"), 403, "t is no JWT"),
    ("another signer", lambda p: p.update(signer=new_key()), 403, "the signature is not by k"),
    ("another alg", lambda p: p.update(typ={"alg": "ES256", "typ": "JOSE"}), 403, "the JWT is not of type JWT"),
    ("key of another site", lambda p: p.update(signer=(key := new_key()), k=key), 403, "k is not the application"),
    ("no TTL", drop("TTL"), 400, "TTL is missing"),
    ("TTL below 0", header("TTL", "-1"), 400, "TTL is no number"),
    ("TTL a fraction", header("TTL", "1.5"), 400, "TTL is no number"),
    ("TTL a word", header("TTL", "soon"), 400, "TTL is no number"),
    ("Topic too long", header("Topic", "a" * 33), 400, "Topic is not 1 to 32"),
    ("Topic not base64url", header("Topic", "post/7"), 400, "Topic is not 1 to 32"),
    ("Topic padded", header("Topic", "YWJj="), 400, "Topic is not 1 to 32"),
    ("Topic empty", header("Topic", ""), 400, "Topic is not 1 to 32"),
    ("Urgency unknown", header("Urgency", "urgent"), 400, "Urgency is none of"),
    ("no Content-Encoding", drop("Content-Encoding"), 400, "Content-Encoding is None"),
    ("aesgcm", header("Content-Encoding", "aesgcm"), 400, "Content-Encoding is 'aesgcm'"),
    ("a salt outside", header("Encryption", "salt=abc"), 400, "Encryption belongs to aesgcm"),
    ("a key outside", header("Crypto-Key", "dh=abc"), 400, "Crypto-Key belongs to aesgcm"),
    ("body too large", lambda p: p.update(text=b"{" + b" " * 4_000 + b"}", record=8_192), 413, "the body has"),
    ("two records", lambda p: p.update(text=b'{"a":"' + b"x" * 300 + b'"}', record=200), 400, "not one record"),
    ("plain text", lambda p: p.update(body=b'{"title":"x"}'), 400, "the body does not begin with"),
    ("keys of another", lambda p: p.update(auth=b"\0" * 16), 400, "cannot be decrypted"),
    ("no JSON", lambda p: p.update(text=b"hello"), 400, "what was decrypted is no JSON object"),
]


@pytest.mark.parametrize(("wrong", "status", "rule"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_the_fake_refuses_what_a_real_service_refuses_and_names_the_rule(
    wrong: Any, status: int, rule: str, other: Other
) -> None:
    ours = new_key()
    address, browser = other.fakes.push.new_browser(b64(ours))
    assert send(address, browser, ours, lambda _: None) == (201, "")
    answered, text = send(address, browser, ours, wrong)
    assert (answered, text[: len(rule)]) == (status, rule)
    assert other.fakes.push.refused == [text]
    assert len(browser.messages) == 1


def test_a_subscription_without_a_named_key_belongs_to_the_first_that_sends(other: Other) -> None:
    first, second = new_key(), new_key()
    address, browser = other.fakes.push.new_browser()
    assert send(address, browser, first, lambda _: None)[0] == 201
    assert send(address, browser, second, lambda _: None)[0] == 403
    assert send(address, browser, first, lambda _: None)[0] == 201


def test_a_program_may_name_the_key_when_it_subscribes(other: Other) -> None:
    options = {"applicationServerKey": b64(new_key())}
    address = urllib3.request("POST", f"{other.fakes.push.origin}/push", json=options).json()["endpoint"]
    browser = other.fakes.push.browsers[address.rpartition("/")[2]]
    assert send(address, browser, new_key(), lambda _: None)[0] == 403


# --- When the fault is ours ---


@pytest.mark.parametrize("code", ["401", "403"])
@pytest.mark.django_db
def test_a_push_waits_while_our_signature_is_refused_and_goes_when_that_is_mended(
    code: str, other: Other, ada: Person, bob: Person, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    push._alarmed.clear()
    endpoint, browser = other.browser_of(ada)
    other.script("push", always=code)
    with caplog.at_level(logging.ERROR, "notifications.channels.push"):
        for number in range(8):
            comment(bob, post, number + 1)
            deliver("push")
            pass_time(push.Push.min_interval * 10)
    (alarm,) = caplog.records
    assert f"refuses our push messages with {code}" in alarm.getMessage()
    assert "SOCIALAPP_VAPID_CONTACT" in alarm.getMessage()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"waiting"}
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.last_error) == (None, "signature_refused")
    assert endpoint.last_error_values == {"code": int(code)}
    assert board_says(ada, "The push service of 1 browser refuses our signature.")

    other.script("push")
    for _ in range(5):
        pass_time(push.Push.min_interval * 10)
        deliver("push")
    assert "waiting" not in set(Delivery.objects.values_list("state", flat=True))
    assert browser.messages
    assert not board_says(ada, "refuses our signature")


@pytest.mark.django_db
def test_a_contact_that_the_services_refuse_empties_nothing(
    other: Other, settings: LazySettings, ada: Person, bob: Person, post: Post
) -> None:
    settings.VAPID_CONTACT = "mailto:admin"
    _, browser = other.browser_of(ada)
    comment(bob, post)
    deliver("push")
    assert other.fakes.push.refused == ["sub names no mail address: 'mailto:admin' (RFC 8292, 2.1)"]
    assert Delivery.objects.get().state == "waiting"
    settings.VAPID_CONTACT = STAND_IN_CONTACT
    pass_time(push.Push.min_interval)
    deliver("push")
    assert len(browser.messages) == 1


@pytest.mark.django_db
def test_apples_word_for_another_key_is_no_verdict_on_the_message() -> None:
    hash_differs = safe_http.Answer(400, '{"reason":"VapidPkHashMismatch"}', None)
    assert push._refuses_us(hash_differs)
    assert not push._refuses_us(safe_http.Answer(400, "BadWebPushTopic", None))


@pytest.mark.django_db
def test_a_subscription_for_a_key_that_we_no_longer_have_ends(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    endpoint, browser = other.browser_of(ada)
    PushKey.objects.all().delete()
    push.vapid.cache_clear()
    comment(bob, post)
    deliver("push")
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "other_key"
    assert browser.messages == []
    push.vapid.cache_clear()


# --- What is no subscription ---


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("p256dh", "schlüssel"), ("p256dh", "!!!!"), ("p256dh", ""), ("p256dh", "AAAA"), ("p256dh", "B" * 87),
        ("p256dh", "\0"), ("p256dh", " " * 87), ("p256dh", "A"), ("auth", "äöü"), ("auth", "AAAA"), ("auth", ""),
        ("auth", "=" * 22), ("auth", "A" * 24), ("auth", "\ud83d"),
    ],
)  # fmt: skip
@pytest.mark.django_db
def test_keys_that_nothing_can_be_encrypted_with_are_refused_at_subscription(
    name: str, value: str, other: Other, ada: Person
) -> None:
    address, browser = other.fakes.push.new_browser()
    keys = {**browser.keys(), name: value}
    body = json.dumps({"endpoint": address, "keys": keys})
    page = logged_in(ada)
    assert page.post(reverse("notifications:subscribe"), body, "application/json").status_code == 400
    assert page.post("/api/social/v1/notifications/endpoints/push/", body, "application/json").status_code == 400
    assert not Endpoint.objects.exists()


@pytest.mark.django_db
def test_keys_in_plain_base64_are_as_good(other: Other, ada: Person) -> None:
    address, browser = other.fakes.push.new_browser()
    keys = {name: value.replace("-", "+").replace("_", "/") + "=" for name, value in browser.keys().items()}
    endpoint = operations.add_push_endpoint(person=ada, name="", address=address, keys=keys)
    assert {name: endpoint.keys[name] for name in ("p256dh", "auth")} == browser.keys()


@pytest.mark.django_db
def test_stored_keys_that_are_none_end_the_subscription_and_are_no_defect(
    other: Other, ada: Person, bob: Person, post: Post
) -> None:
    endpoint, _ = other.browser_of(ada)
    Endpoint.objects.update(keys={"p256dh": "schlüssel", "auth": "x"})
    comment(bob, post)
    deliver("push")
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "keys_unusable"
    assert Circuit.objects.get(pk=endpoint.circuit_id).failures == 0


# --- How the above is made ---


def new_key() -> ec.EllipticCurvePrivateKey:
    """Of a site."""
    return ec.generate_private_key(ec.SECP256R1())


def b64(value: bytes | ec.EllipticCurvePrivateKey) -> str:
    """In base64url; of a key pair, its public half."""
    if not isinstance(value, bytes):
        value = value.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def ec_key(point: str) -> ECKey:
    """For joserfc."""
    raw = base64.urlsafe_b64decode(point + "=")
    return ECKey.import_key({"kty": "EC", "crv": "P-256", "x": b64(raw[1:33]), "y": b64(raw[33:])})


def send(address: str, browser: Browser, ours: ec.EllipticCurvePrivateKey, change: Any) -> tuple[int, str]:
    """A push as it should be, but for one change; by none of our code. The status and the text of the answer."""
    parts: dict[str, Any] = {
        "claims": {
            "aud": address.rpartition("/push/")[0],
            "exp": int(time.time()) + DAY // 2,
            "sub": "mailto:admin@example.org",
        },
        "headers": {
            "Authorization": "",
            "TTL": "60",
            "Topic": "abc",
            "Urgency": "normal",
            "Content-Encoding": "aes128gcm",
        },
        "form": "vapid t={t}, k={k}",
        "typ": {"alg": "ES256", "typ": "JWT"},
        "signer": ours,
        "k": ours,
        "text": b'{"title":"x"}',
        "auth": browser.auth,
        "record": 4_096,
        "body": None,
    }
    change(parts)
    signer = ECKey.import_key(parts["signer"])
    # joserfc would write a fraction or a text as they are: it checks what it reads, not what it writes.
    token = jwt.encode(parts["typ"], parts["claims"], signer, algorithms=["ES256"])
    headers = parts["headers"]
    if headers.get("Authorization") == "":
        headers["Authorization"] = parts["form"].format(t=token, k=b64(parts["k"]))
    body = parts["body"] or http_ece.encrypt(
        parts["text"],
        private_key=new_key(),
        dh=browser.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        auth_secret=parts["auth"],
        rs=parts["record"],
        version="aes128gcm",
    )
    answer = urllib3.request("POST", address, body=body, headers=headers)
    return answer.status, answer.data.decode()


def board_says(person: Person, words: str) -> bool:
    """Whether an admin reads so on the dashboard."""
    Person.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    admin: Client = logged_in(person)
    return words in admin.get(reverse("admin:notifications_dashboard")).content.decode()
