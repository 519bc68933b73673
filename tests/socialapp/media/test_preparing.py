"""Pictures on their way: taken in, prepared by workers whatever dies, kept while used, gone when not."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage
from django.db.models.functions import Now

from socialapp.media import cleanup, operations, tasks
from socialapp.media.cleanup import tidy
from socialapp.media.files import DRAFTS
from socialapp.media.imaging import Fault
from socialapp.media.models import Kind, Picture, State
from socialapp.media.operations import discard, keep, make_avatar, release, upload
from socialapp.media.processing import LEASE, claim, prepare, prepare_one
from socialapp.messaging import dispatch
from socialapp.users.models import Person
from tests.socialapp.media import samples

PUBLIC, UPLOADS = Path(settings.MEDIA_ROOT), Path(settings.STORAGES["uploads"]["OPTIONS"]["location"])


def files_of(picture: Picture) -> set[str]:
    """Names of what lies about of it, public or not."""
    return {path.name for folder in (PUBLIC, UPLOADS) for path in folder.rglob(f"{picture.token}*")}


def sent(person: Person, data: bytes | None = None) -> Picture:
    """Uploaded, and waiting."""
    return upload(owner_id=person.pk, file=samples.upload(data or samples.photo()))


def pass_time(by: timedelta) -> None:
    """Everything that was to happen by then is due."""
    for picture in Picture.objects.all():
        Picture.objects.filter(pk=picture.pk).update(
            created_at=picture.created_at - by,
            due_at=picture.due_at and picture.due_at - by,
            expires_at=picture.expires_at and picture.expires_at - by,
        )


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Queues whose bell was rung."""
    queues: list[str] = []
    monkeypatch.setattr(dispatch, "wake_workers", queues.append)
    return queues


def test_an_upload_waits_for_a_worker_and_then_is_ready(
    ada: Person, rung: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        picture = sent(ada)
    assert rung == ["pictures"]
    assert (picture.state, picture.width, picture.height) == ("waiting", 1_200, 900)
    assert files_of(picture) == {picture.token}
    assert prepare() is None
    picture.refresh_from_db()
    assert (picture.state, picture.width, picture.height, picture.has_upload) == ("ready", 1_200, 900, False)
    assert files_of(picture) == {f"{picture.token}-{size}.webp" for size in (480, 960, 1_600)}
    assert picture.srcset == (f"{picture.urls[480]} 480w, {picture.urls[960]} 960w, {picture.urls[1_600]} 1200w")


def test_what_the_header_did_not_give_away_ends_with_its_fault(ada: Person) -> None:
    picture = sent(ada, samples.truncated())
    assert prepare() is None
    picture.refresh_from_db()
    assert (picture.state, picture.fault, picture.due_at) == ("failed", Fault.UNREADABLE, None)
    assert files_of(picture) == set()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"Not a picture, though its name ends in .jpg", "could not be read"),
        (samples.bomb(), "64 million pixels"),
        (b"\xff\xd8\xff" + b"x" * 10 * 1024 * 1024, "larger than 10 MB"),
    ],
)
def test_what_cannot_become_a_picture_is_refused_at_once(ada: Person, data: bytes, says: str) -> None:
    for take_in in (upload, make_avatar):
        with pytest.raises(ValidationError, match=says):
            take_in(owner_id=ada.pk, file=samples.upload(data))
    assert Picture.objects.count() == 0


def test_nobody_can_fill_the_disk_with_pictures_that_are_in_no_post(
    ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_UNUSED", 2)
    small = samples.saved(samples.gradient((8, 8)))
    for _ in range(2):
        sent(ada, small)
    with pytest.raises(ValidationError, match="in no post"):
        sent(ada, small)
    assert sent(bob, small)


def test_two_workers_never_have_the_same_picture(ada: Person) -> None:
    first, second = sent(ada), sent(ada)
    claimed = {picture.pk for _ in range(3) if (picture := claim())}
    assert claimed == {first.pk, second.pk}


def test_what_a_dead_worker_held_is_due_again_when_its_lease_ends(ada: Person, rung: list[str]) -> None:
    sent(ada)
    assert claim()  # and is killed here
    assert claim() is None
    cleanup.wake_workers_for_what_is_due()
    assert rung == []
    pass_time(LEASE)
    cleanup.wake_workers_for_what_is_due()
    assert rung == ["pictures"]
    prepare()
    assert Picture.objects.get().is_ready


def test_a_picture_that_kills_its_worker_three_times_is_given_up(ada: Person) -> None:
    sent(ada)
    for _ in range(3):
        assert claim()
        pass_time(LEASE)
    prepare()
    picture = Picture.objects.get()
    assert (picture.state, picture.fault) == (State.FAILED, Fault.OURS)


@pytest.mark.django_db(transaction=True)
def test_while_the_storage_is_away_a_picture_waits_and_is_tried_again_each_time_it_is_due(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(ada)
    woken: list[str] = []
    monkeypatch.setattr(dispatch, "wake_workers", woken.append)

    def away(*_args: object, **_options: object) -> None:
        raise OSError(116, "Stale file handle")

    for _ in range(5):  # more often than a picture may kill its worker
        with monkeypatch.context() as broken:
            broken.setattr(FileSystemStorage, "_save", away)
            tasks.prepare.apply()
        tasks.sweep.apply()
        assert woken == [], "it is not due yet"
        pass_time(timedelta(minutes=10))
        tasks.sweep.apply()
        assert woken.pop() == "pictures"
    assert Picture.objects.get().is_waiting
    tasks.prepare.apply()
    assert Picture.objects.get().is_ready


def test_a_storage_that_is_away_for_a_day_is_not_waited_for(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(ada)
    Picture.objects.update(created_at=Now() - timedelta(hours=25))
    monkeypatch.setattr(FileSystemStorage, "_open", lambda *_: (_ for _ in ()).throw(OSError("away")))
    assert isinstance(prepare(), OSError)
    assert Picture.objects.get().fault == Fault.OURS


def test_an_upload_that_was_cut_off_ends_as_such(ada: Person) -> None:
    picture = sent(ada)
    (UPLOADS / picture.token).unlink()
    prepare()
    assert Picture.objects.get().fault == Fault.CUT_OFF


def test_a_storage_that_refuses_an_upload_is_told_and_leaves_nothing(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(FileSystemStorage, "_save", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
        for take_in in (upload, make_avatar):
            with pytest.raises(ValidationError, match="Try again in a minute"):
                take_in(owner_id=ada.pk, file=samples.upload(samples.photo()))
    pass_time(timedelta(minutes=1))
    tidy()
    assert Picture.objects.count() == 0


def test_what_is_not_used_within_a_day_is_gone(ada: Person) -> None:
    waiting, ready = sent(ada), sent(ada)
    prepare_one(ready)
    kept = sent(ada)
    prepare_one(kept)
    keep(owner_id=ada.pk, kind=Kind.POST, ids=[kept.pk])
    pass_time(timedelta(hours=23))
    tidy()
    assert Picture.objects.count() == 3
    pass_time(timedelta(hours=2))
    tidy()
    assert list(Picture.objects.all()) == [kept]
    assert (files_of(waiting), files_of(ready)) == (set(), set())
    assert len(files_of(kept)) == 3


def test_what_a_worker_has_in_hand_is_left_alone_until_it_is_done(ada: Person) -> None:
    sent(ada)
    picture = claim()
    assert picture
    release([picture.pk])
    tidy()
    assert Picture.objects.count() == 1
    prepare_one(picture)
    tidy()
    assert Picture.objects.count() == 0
    assert files_of(picture) == set()


def test_a_worker_that_comes_too_late_leaves_no_files(ada: Person) -> None:
    picture = sent(ada)
    data = (UPLOADS / picture.token).read_bytes()
    Picture.objects.all().delete()
    (UPLOADS / picture.token).write_bytes(data)
    prepare_one(picture)
    assert files_of(picture) == set()


def test_pictures_are_used_once_by_who_uploaded_them(ada: Person, bob: Person) -> None:
    picture = sent(ada)
    avatar = make_avatar(owner_id=ada.pk, file=samples.upload(samples.photo()))
    for person, ids in ((bob, [picture.pk]), (ada, [avatar.pk]), (ada, [picture.pk, 999])):
        with pytest.raises(ValidationError, match="gone, or is in a post"):
            keep(owner_id=person.pk, kind=Kind.POST, ids=ids)
        Picture.objects.filter(expires_at=None).update(expires_at=Now() + timedelta(days=1))  # no rollback here
    keep(owner_id=ada.pk, kind=Kind.POST, ids=[picture.pk])
    with pytest.raises(ValidationError):
        keep(owner_id=ada.pk, kind=Kind.POST, ids=[picture.pk])
    discard(owner_id=ada.pk, ids=[picture.pk])
    assert Picture.objects.get(pk=picture.pk).expires_at is None


def test_what_killed_processes_left_half_written_is_swept(ada: Person) -> None:
    drafts = PUBLIC / DRAFTS
    drafts.mkdir(parents=True, exist_ok=True)
    old, new = drafts / "old", drafts / "new"
    old.write_bytes(b"half")
    new.write_bytes(b"half")
    os.utime(old, (0, 0))
    picture = sent(ada)
    prepare_one(picture)
    Picture.objects.update(has_upload=True)  # killed after it was recorded
    (UPLOADS / picture.token).write_bytes(b"left over")
    tidy()
    assert (old.exists(), new.exists()) == (False, True)
    assert not (UPLOADS / picture.token).exists()
    assert not Picture.objects.get().has_upload
    new.unlink()


@pytest.mark.django_db(transaction=True)
def test_beats_tasks_run(ada: Person) -> None:
    sent(ada)
    for task in (tasks.sweep, tasks.prepare, tasks.tidy):
        task.apply(throw=True)
    assert Picture.objects.get().is_ready
