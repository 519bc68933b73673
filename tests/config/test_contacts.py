"""What push services and mail servers read about who runs the site is checked at start."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from bin.fakes.push import Refused, _check_sub
from config.env import STAND_IN_CONTACT, Environment

URL, FROM, CONTACT = "SOCIALAPP_URL", "SOCIALAPP_MAIL_FROM", "SOCIALAPP_VAPID_CONTACT"


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (URL, FROM, CONTACT):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "contact",
    [
        "mailto:", "mailto:admin", "mailto:@example.org", "mailto:a@", "mailto:a@b@example.org", "https:", "https://",
        "http://example.org", "admin@example.org", "mailto:Admin <a@b.example>", "mailto: a@example.org",
        "mailto:a@localhost", "mailto:a@127.0.0.1", "mailto:a@[127.0.0.1]", "mailto:a@[IPv6:2001:db8::1]",
        "mailto:a@nas.local", "mailto:a@example.org?subject=x", "https://social", "https://localhost",
        "https://127.0.0.1", "https://[2001:db8::1]", "https://example.org:x", "https://me@example.org",
        "https://exa mple.org", "mailto:a@exämple.org", "mailto:a@example..org", "mailto:a@-.org", "tel:112",
    ],
)  # fmt: skip
def test_a_contact_that_push_services_refuse_is_refused_at_start(contact: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONTACT, contact)
    with pytest.raises(ImproperlyConfigured, match="SOCIALAPP_VAPID_CONTACT"):
        _ = Environment().vapid_contact


@pytest.mark.parametrize(
    "contact",
    [
        "mailto:me@example.org", "mailto:first.last+push@mail.example.co.uk", "https://example.org",
        "https://example.org/contact", "https://example.org:8443/", "mailto:a@xn--exmple-cua.org",
    ],
)  # fmt: skip
def test_a_contact_that_exists_in_form_is_taken_as_it_is(contact: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONTACT, contact)
    assert Environment().vapid_contact == contact
    _check_sub(contact)


@pytest.mark.parametrize(
    ("url", "sender", "contact"),
    [
        ("https://social.example.org", "", "mailto:noreply@social.example.org"),
        ("https://social.example.org", "My site <post@example.org>", "mailto:post@example.org"),
        ("https://social.example.org", "root@localhost", "https://social.example.org"),
        ("https://social.example.org:8443", "root@[192.0.2.1]", "https://social.example.org:8443"),
        ("https://social", "", STAND_IN_CONTACT),
        ("https://nas.local", "", STAND_IN_CONTACT),
        ("https://[2001:db8::1]", "", STAND_IN_CONTACT),
        ("http://127.0.0.1:8000", "", STAND_IN_CONTACT),
        ("http://[::1]:8000", "", STAND_IN_CONTACT),
    ],
)
def test_without_one_it_is_the_sender_of_mails_or_the_site_or_one_that_works(
    url: str, sender: str, contact: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL, url)
    monkeypatch.setenv(FROM, sender)
    assert Environment().vapid_contact == contact
    _check_sub(contact)


@pytest.mark.parametrize("sender", ["noreply", "My site", "@example.org", "noreply@", "a b@example.org", "x <y>"])
def test_a_sender_that_is_no_address_is_refused_at_start(sender: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FROM, sender)
    with pytest.raises(ImproperlyConfigured, match="SOCIALAPP_MAIL_FROM"):
        _ = Environment().mail_from


@pytest.mark.parametrize(("host", "written"), [("[2001:db8::1]", "[IPv6:2001:db8::1]"), ("192.0.2.1", "[192.0.2.1]")])
def test_a_site_at_an_address_of_a_network_has_a_sender_as_mail_writes_it(
    host: str, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL, f"https://{host}")
    assert Environment().mail_from == f"socialapp <noreply@{written}>"


def test_the_fake_would_refuse_what_was_taken_before() -> None:
    with pytest.raises(Refused, match="sub names no mail address"):
        _check_sub("mailto:admin")
