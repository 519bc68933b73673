"""The attack: pictures of half a megabyte that take seconds and a gigabyte, by one person, while others wait (M6)."""

import struct
import subprocess
import sys
import zlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from socialapp.media import cleanup, decoding, imaging, operations, processing
from socialapp.media.models import SIZES, Kind, Picture, State
from socialapp.media.operations import HEAVY_QUEUE, MOST_LIGHT, QUEUE, make_avatar
from socialapp.media.processing import LEASE, claim, prepare
from socialapp.messaging import dispatch
from socialapp.users.models import Person
from tests.socialapp.media import samples
from tests.socialapp.media.test_preparing import pass_time, sent

pytestmark = pytest.mark.django_db
SMALL = samples.saved(samples.gradient((8, 8)))


def deep(side: int) -> bytes:
    """The start of a PNG of 16 bits a sample. Who looks at the header only needs no more."""
    header = struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 0)
    rows = zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + samples.chunk(b"IHDR", header) + samples.chunk(b"IDAT", rows)


def test_bombs_wait_for_a_worker_of_their_own(ada: Person, bob: Person) -> None:
    for _ in range(3):
        sent(ada, deep(8_000))
    bobs = sent(bob, SMALL)
    assert claim(QUEUE) == bobs
    assert claim(QUEUE) is None
    assert claim(HEAVY_QUEUE) in Picture.objects.filter(owner=ada)


def test_each_bell_is_rung_for_what_waits_for_it(
    ada: Person, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(dispatch, "wake_workers", rung.append)
    with django_capture_on_commit_callbacks(execute=True):
        sent(ada, deep(8_000))
        sent(ada, SMALL)
    assert rung == [HEAVY_QUEUE, QUEUE]
    rung.clear()
    cleanup.wake_workers_for_what_is_due()
    assert sorted(rung) == [HEAVY_QUEUE, QUEUE]


@pytest.mark.parametrize(("queue", "data"), [(QUEUE, SMALL), (HEAVY_QUEUE, deep(8_000))])
def test_whoever_had_the_fewest_is_next(
    ada: Person, bob: Person, charlie: Person, queue: str, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_UNUSED", 200)
    for _ in range(10):
        sent(ada, data)
    assert [claim(queue).owner for _ in range(2)] == [ada, ada]  # type: ignore[union-attr]  # they wait
    for person in (bob, bob, charlie):
        sent(person, data)
    assert [claim(queue).owner for _ in range(4)] == [bob, charlie, bob, ada]  # type: ignore[union-attr]


def test_heavy_pictures_take_more_of_what_one_person_may_have(ada: Person) -> None:
    for _ in range(6):
        sent(ada, deep(8_000))
    with pytest.raises(ValidationError, match="in no post"):
        sent(ada, SMALL)


@pytest.mark.parametrize(
    ("data", "is_heavy"),
    [
        (deep(8_000), True),
        (deep(4_000), True),
        (deep(3_000), False),
        (samples.saved(samples.gradient((6_100, 4_000)), "PNG", compress_level=1), True),
        (samples.saved(samples.gradient((4_000, 3_000))), False),
        (samples.saved(samples.gradient((4_000, 3_000)), progressive=True), False),
        (samples.saved(samples.gradient((8_000, 6_000))), False),  # a phone's 48 megapixels, decoded at a quarter
    ],
    ids=["64 MP of 16 bits", "16 MP of 16 bits", "9 MP of 16 bits", "24.4 MP", "12 MP", "12 MP progressive", "48 MP"],
)
def test_what_is_heavy(data: bytes, is_heavy: bool) -> None:
    assert (imaging.work(data) > MOST_LIGHT) == is_heavy


def test_a_jpeg_that_goes_over_its_pixels_again_and_again_is_heavier_than_one_that_does_not() -> None:
    assert imaging.work(samples.scanned_over(40)) > 2 * imaging.work(samples.scanned_over(1))


def made_to_take_minutes(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A picture that is to be made in a thousand sizes. Others are smaller than the smallest of them."""
    monkeypatch.setitem(SIZES, Kind.POST, tuple(range(600, 1_601)))
    return samples.photo((1_600, 1_600))


def faults_of(person: Person) -> list[str]:
    """What became of their pictures, in the order in which they were sent: the fault, or the state."""
    return [picture.fault or picture.state for picture in Picture.objects.filter(owner=person).order_by("pk")]


def test_a_bomb_fails_when_its_time_is_over_and_costs_nobody_else_their_picture(
    ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "MOST_SECONDS", 1)
    monkeypatch.setattr(operations, "MOST_LIGHT", 0)  # so that all of them are heavy
    order = []
    prepare_one = processing.prepare_one

    def noted(picture: Picture) -> BaseException | None:
        order.append(picture.owner)
        return prepare_one(picture)

    monkeypatch.setattr(processing, "prepare_one", noted)
    bomb = made_to_take_minutes(monkeypatch)
    for _ in range(3):
        sent(ada, bomb)
    sent(bob, SMALL)
    assert prepare(HEAVY_QUEUE) is None
    assert faults_of(ada) == ["too much work"] * 3
    assert faults_of(bob) == [State.READY]
    assert order.index(bob) <= 1


def test_a_bomb_fails_when_it_takes_too_much_memory(ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MOST_MEMORY", 200 * 1024**2)
    sent(ada, deep(8_000))
    sent(bob, SMALL)
    assert (prepare(), prepare(HEAVY_QUEUE)) == (None, None)
    assert (faults_of(ada), faults_of(bob)) == (["too much work"], [State.READY])


def test_whoever_decodes_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    started: dict[str, Any] = {}
    run = subprocess.run

    def noted(*args: Any, **options: Any) -> Any:
        started.update(options)
        return run(*args, **options)

    monkeypatch.setattr(subprocess, "run", noted)
    decoding.scaled_apart(SMALL, (480,))
    assert started["env"] == {"MALLOC_ARENA_MAX": "2"}


def test_a_decoder_that_dies_is_tried_again_when_the_lease_ends_and_three_times_in_all(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    picture = sent(ada)
    for claims in (1, 2, 3):
        assert prepare() is None
        picture.refresh_from_db()
        assert (picture.state, picture.claims) == (State.WAITING, claims)
        assert prepare() is None  # it is not due
        pass_time(LEASE)
    assert prepare() is None
    assert faults_of(ada) == ["ours"]


def test_a_machine_without_room_for_a_decoder_is_not_the_pictures_fault(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setattr(sys, "executable", "/of/an/environment/that/is/gone")
        sent(ada)
        assert isinstance(prepare(), OSError)
    assert faults_of(ada) == [State.WAITING]
    pass_time(LEASE)
    assert prepare() is None
    assert faults_of(ada) == [State.READY]


def test_an_avatar_is_never_decoded_at_any_cost(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_: object) -> None:
        raise AssertionError("It was decoded.")

    monkeypatch.setattr(imaging, "squares", decode)
    with pytest.raises(ValidationError, match="fewer pixels"):
        make_avatar(owner_id=ada.pk, file=samples.upload(deep(8_000)))
    assert not Picture.objects.exists()
