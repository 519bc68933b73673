"""A revocation that takes several goes, while another comes."""

from datetime import UTC, datetime

from socialapp.messaging.consumer import Claimed, _coalesce
from socialapp.messaging.messages import AccessRevoked


def test_a_revocation_that_is_published_again_overrules_no_newer_one() -> None:
    old, new = (AccessRevoked(person_id=1, at=datetime(2026, 1, day, tzinfo=UTC)) for day in (1, 2))
    assert _coalesce([Claimed(11, new), Claimed(12, old)]) == [new, old]
