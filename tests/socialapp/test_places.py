"""The list of log-ins and mails about access say where an address is, by a list that an operator names."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.utils import translation
from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]  # it has no types

from socialapp.users import places
from socialapp.users.models import Person
from tests.passwords import ada
from tests.people import PASSWORD

__all__ = ["ada"]

COLOGNE = {
    "city": {"names": {"en": "Cologne", "de": "Köln"}},
    "country": {"iso_code": "DE", "names": {"en": "Germany", "de": "Deutschland"}},
}


@pytest.fixture
def of_cities(tmp_path: Path, settings: LazySettings) -> None:
    """A list as GeoLite2 City has it, of two networks."""
    file = tmp_path / "places.mmdb"
    writer = MMDBWriter(4, "GeoLite2-City", languages=["en", "de"])
    writer.insert_network(IPSet(["198.51.100.0/24"]), COLOGNE)
    writer.insert_network(IPSet(["203.0.113.0/24"]), {"country": {"names": {"en": "France"}}})
    writer.to_db_file(str(file))
    settings.GEOIP = str(file)
    places._reader.cache_clear()


@pytest.mark.usefixtures("of_cities")
@pytest.mark.parametrize(
    ("language", "address", "shown"),
    [
        ("en", "198.51.100.66", "198.51.100.66 (Cologne, Germany)"),
        ("de", "198.51.100.66", "198.51.100.66 (Köln, Deutschland)"),
        ("de", "203.0.113.1", "203.0.113.1 (France)"),
        ("en", "192.0.2.1", "192.0.2.1"),
        ("en", "2001:db8::1", "2001:db8::1"),
        ("en", "", ""),
    ],
)
def test_an_address_has_a_place(language: str, address: str, shown: str) -> None:
    with translation.override(language):
        assert places.with_place(address) == shown


def test_without_a_list_there_are_addresses(settings: LazySettings) -> None:
    settings.GEOIP = ""
    assert places.with_place("198.51.100.66") == "198.51.100.66"


@pytest.mark.usefixtures("of_cities")
def test_the_list_of_log_ins_and_the_mail_about_a_new_one_have_it(ada: Person) -> None:
    Client().post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    mail.outbox.clear()
    far = Client(REMOTE_ADDR="198.51.100.66", HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/146.0")
    far.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert "198.51.100.66 (Cologne, Germany)" in far.get("/settings/security/").content.decode()
    assert [each for each in mail.outbox if "198.51.100.66 (Cologne, Germany)" in str(each.body)]
