"""Passkeys and security keys in the wrong hands: what a stolen one opens, and what garbage does."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import LazySettings
from django.test import Client
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from socialapp.users.models import Person
from tests.people import PASSWORD

LOG_IN, STEP = "/accounts/2fa/webauthn/login/", "/accounts/2fa/authenticate/"
AJAX: Any = {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}
TOUCHED = AuthenticatorData.FLAG.UP
VERIFIED = TOUCHED | AuthenticatorData.FLAG.UV


@dataclass
class SecurityKey:
    """One in software, which does what it is asked (WebAuthn, 6.3): whoever holds it need not know its PIN."""

    host: str = "testserver"
    id: bytes = b"this key"
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def registration(self) -> dict[str, Any]:
        """What its browser sent when it was set up."""
        public = ES256.from_cryptography_key(self.private.public_key())  # type: ignore[no-untyped-call]
        made = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        data = AuthenticatorData.create(sha256(self.host.encode()), VERIFIED | AuthenticatorData.FLAG.AT, 0, made)
        return self._sent(
            clientDataJSON=self._client_data("webauthn.create", "AAAA"),
            attestationObject=AttestationObject.create("none", data, {}),
        )

    def assertion(self, challenge: str, person: Person, flags: AuthenticatorData.FLAG) -> str:
        """What its browser sends at a log-in."""
        data = AuthenticatorData.create(sha256(self.host.encode()), flags, 1)
        client = self._client_data("webauthn.get", challenge)
        return json.dumps(
            self._sent(
                clientDataJSON=client,
                authenticatorData=data,
                signature=self.private.sign(data + sha256(client), ec.ECDSA(hashes.SHA256())),
                userHandle=user_pk_to_url_str(person).encode(),
            )
        )

    def _client_data(self, what: str, challenge: str) -> bytes:
        return CollectedClientData.create(what, challenge, f"https://{self.host}")

    def _sent(self, **parts: bytes) -> dict[str, Any]:
        name, response = websafe_encode(self.id), {key: websafe_encode(part) for key, part in parts.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": response}


@pytest.fixture
def key(ada: Person) -> SecurityKey:
    """Ada's, who has an address."""
    EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    made = SecurityKey()
    WebAuthn.add(ada, "key", made.registration())
    return made


def asked_by(browser: Client) -> str:
    """The challenge of a log-in by a passkey alone."""
    return str(browser.get(LOG_IN, **AJAX).json()["request_options"]["publicKey"]["challenge"])


def is_in(browser: Client) -> bool:
    """Is it logged in?"""
    return bool(browser.get("/settings/").status_code == 200)


@pytest.mark.parametrize(("flags", "opens"), [(VERIFIED, True), (TOUCHED, False)])
def test_it_opens_alone_to_who_knows_its_pin(
    key: SecurityKey, ada: Person, flags: AuthenticatorData.FLAG, opens: bool
) -> None:
    browser = Client()
    browser.post(LOG_IN, {"credential": key.assertion(asked_by(browser), ada, flags)})
    assert is_in(browser) == opens


def test_a_challenge_of_the_second_step_opens_nobody_elses_account_without_the_pin(
    key: SecurityKey, ada: Person, bob: Person
) -> None:
    """Of the second step of an account of the thief's own: there, a touch will do."""
    bob.set_password(PASSWORD)
    bob.save()
    TOTP.activate(bob, generate_totp_secret())
    thief = Client()
    thief.post("/accounts/login/", {"login": "bob", "password": PASSWORD})
    page = thief.get(STEP)
    challenge = page.context["js_data"]["request_options"]["publicKey"]["challenge"]
    session = thief.session
    session["account_login"]["initiated_at"] -= 3600  # an hour later, that log-in has ended, and its challenge has not
    session.save()
    answer = thief.post(LOG_IN, {"credential": key.assertion(challenge, ada, TOUCHED)})
    assert answer["Location"] == "/accounts/login/"
    assert not is_in(thief)


def test_it_opens_only_its_owners_account_and_each_challenge_once(key: SecurityKey, ada: Person, bob: Person) -> None:
    thief = Client()
    thief.post(LOG_IN, {"credential": key.assertion(asked_by(thief), bob, VERIFIED)})
    assert not is_in(thief)
    mine = Client()
    sent = key.assertion(asked_by(mine), ada, VERIFIED)
    mine.post(LOG_IN, {"credential": sent})
    mine.post("/accounts/logout/")
    mine.post(LOG_IN, {"credential": sent})
    assert not is_in(mine)


def test_one_of_another_host_opens_nothing(key: SecurityKey, ada: Person) -> None:
    browser = Client()
    key.host = "evil.example"
    browser.post(LOG_IN, {"credential": key.assertion(asked_by(browser), ada, VERIFIED)})
    assert not is_in(browser)


def test_of_a_suspended_person_it_says_why(key: SecurityKey, ada: Person) -> None:
    Person.objects.filter(pk=ada.pk).update(suspended_at="2026-01-01T00:00Z", suspended_reason="Spam.")
    browser = Client()
    answer = browser.post(LOG_IN, {"credential": key.assertion(asked_by(browser), ada, VERIFIED)})
    assert (answer.status_code, "Spam." in answer.text) == (403, True)
    assert not is_in(browser)


def broken(sent: Any, where: str) -> list[Any]:
    """A credential with garbage in one place."""
    garbage: list[Any] = [None, 1, [], {}, "", "!", "AAAA", "\0", "é", "9" * 40, websafe_encode(b"9" * 40)]
    if where == "response":
        return [sent | {"response": each} for each in garbage]
    return [sent | {"response": sent["response"] | {where: each}} for each in garbage]


@pytest.mark.parametrize("where", ["", "response", "clientDataJSON", "authenticatorData", "signature", "userHandle"])
def test_garbage_is_refused_and_is_no_fault_of_the_server(
    key: SecurityKey, ada: Person, where: str, settings: LazySettings
) -> None:
    browser = Client()
    settings.MFA_RATE_LIMITS = {"webauthn_login": ""}
    sent = json.loads(key.assertion(asked_by(browser), ada, VERIFIED))
    for each in broken(sent, where) if where else [None, 1, [], {}, "x", {"id": 1}, sent | {"rawId": 1}]:
        asked_by(browser)
        assert browser.post(LOG_IN, {"credential": json.dumps(each)}).status_code == 302, each
    assert not is_in(browser)


@pytest.mark.parametrize(
    "garbage", ["{}", "[]", "1", '{"id": "AAAA"}', '{"id": "AAAA", "rawId": "AAAA", "response": 1}']
)
def test_nor_is_it_where_a_passkey_is_added_or_asked_for_again(key: SecurityKey, ada: Person, garbage: str) -> None:
    ada.set_password(PASSWORD)
    ada.save()
    browser = Client()
    browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert browser.post(STEP, {"credential": garbage}).status_code == 200
    assert not is_in(browser)
    browser.post("/accounts/logout/")
    browser.post(LOG_IN, {"credential": key.assertion(asked_by(browser), ada, VERIFIED)})
    assert is_in(browser)
    assert browser.post("/accounts/2fa/webauthn/reauthenticate/", {"credential": garbage}).status_code == 302
    again = browser.get("/accounts/2fa/webauthn/reauthenticate/").context["js_data"]["request_options"]["publicKey"]
    browser.post(
        "/accounts/2fa/webauthn/reauthenticate/", {"credential": key.assertion(again["challenge"], ada, VERIFIED)}
    )
    added = browser.post("/accounts/2fa/webauthn/add/", {"name": "x", "credential": garbage})
    assert (added.status_code, Authenticator.objects.filter(user=ada, type="webauthn").count()) == (200, 1)
