"""Pictures and backups on a server that speaks S3."""

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as loaded
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client

from bin.backup import saving
from bin.backup.manifest import backups, pictures_of
from bin.backup.restoring import _restore_pictures
from config import env, places
from config.env import storage
from notifications.models import Era
from socialapp.media import s3
from socialapp.media.cleanup import tidy
from socialapp.media.copying import copy, remove
from socialapp.media.files import name_of, uploads
from socialapp.media.models import Picture, State
from socialapp.media.operations import put_in_place, release, upload
from socialapp.media.processing import claim, prepare_one
from socialapp.users.models import Person
from tests.product import manage
from tests.socialapp.media import s3_server, samples
from tests.socialapp.media.s3_server import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with s3_server.running() as running:
        yield running


@pytest.fixture
def s3_place(server: Server, monkeypatch: pytest.MonkeyPatch) -> env.S3:
    """One of its own: what is removed behind rclone's back, it lists for minutes."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return storage.s3("PLACE", server.place(f"social/{secrets.token_hex(4)}"))


@pytest.fixture
def on_s3(s3_place: env.S3, settings: object) -> env.S3:
    """This site's pictures are there."""
    settings.MEDIA = s3_place  # type: ignore[attr-defined]
    settings.STORAGES = {**loaded.STORAGES, **places.of_pictures(s3_place)}  # type: ignore[attr-defined]
    return s3_place


def files(server: Server, place: env.S3, folder: str) -> set[str]:
    """What lies in a folder of the place, as the server's own disk has it."""
    root = server.folder / "social" / place.prefix / folder
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def prepared(ada: Person) -> Picture:
    picture = upload(owner_id=ada.pk, file=samples.upload(samples.photo()))
    claimed = claim()
    assert claimed
    prepare_one(claimed)
    picture.refresh_from_db()
    return picture


def test_a_picture_is_made_hidden_shown_and_removed_there(on_s3: env.S3, server: Server, ada: Person) -> None:
    picture = prepared(ada)
    names = {name_of(picture.token, size) for size in (480, 960, 1_600)}
    assert (picture.state, files(server, on_s3, "public"), files(server, on_s3, "uploads")) == (
        State.READY,
        names,
        set(),
    )
    assert picture.large == f"{server.endpoint}/social/{on_s3.prefix}public/{name_of(picture.token, 1_600)}"
    Picture.objects.update(withheld=True)
    put_in_place()
    assert (files(server, on_s3, "public"), files(server, on_s3, "uploads")) == (set(), names)
    Picture.objects.update(withheld=False)
    put_in_place()
    assert (files(server, on_s3, "public"), files(server, on_s3, "uploads")) == (names, set())
    release([picture.pk])
    tidy()
    assert (files(server, on_s3, "public"), files(server, on_s3, "uploads"), Picture.objects.count()) == (
        set(),
        set(),
        0,
    )


def test_an_old_address_of_a_picture_still_shows_it(on_s3: env.S3, ada: Person) -> None:
    answer = Client().get(f"/media/{name_of(prepared(ada).token, 480)}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert Client().get(f"/media/{name_of('0' * 32, 480)}").status_code == 404


def test_what_is_written_again_is_overwritten(s3_place: env.S3) -> None:
    storage = places.storage(places.private(s3_place, "uploads"))
    for text in (b"first", b"second"):
        assert storage.save("a/b", ContentFile(text)) == "a/b"
        with storage.open("a/b") as file:
            assert file.read() == text
    assert list(storage.files()) == [("a/b", 6)]
    storage.delete("a/b")
    storage.delete("a/b")
    with pytest.raises(FileNotFoundError):
        storage.open("a/b")


def test_a_server_that_is_away_or_has_no_such_bucket_is_a_hiccup_and_not_the_end_of_a_picture(
    on_s3: env.S3, ada: Person, server: Server, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = upload(owner_id=ada.pk, file=samples.upload(samples.photo()))
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    for url in (server.place("elsewhere/site"), "s3://social/site?endpoint=http://127.0.0.1:9&region=us-east-1"):
        settings.STORAGES = {**loaded.STORAGES, **places.of_pictures(storage.s3("X", url))}  # type: ignore[attr-defined]
        Picture.objects.update(due_at=picture.created_at)
        claimed = claim()
        assert claimed
        assert isinstance(prepare_one(claimed), OSError)
        assert Picture.objects.get().state == State.WAITING
    settings.STORAGES = {**loaded.STORAGES, **places.of_pictures(on_s3)}  # type: ignore[attr-defined]
    Picture.objects.update(due_at=picture.created_at)
    claimed = claim()
    assert claimed
    assert prepare_one(claimed) is None
    assert Picture.objects.get().state == State.READY


def test_pages_may_load_pictures_from_its_host_and_from_no_other(db: None, server: Server) -> None:
    said = settings_of(SOCIALAPP_MEDIA=server.place("social/site"), **server.environment)
    assert said == {"host": server.endpoint, "url": f"{server.endpoint}/social/site/public/x"}
    cdn = f"{server.place('social/site')}&url=https://media.example/pictures"
    said = settings_of(SOCIALAPP_MEDIA=cdn, **server.environment)
    assert said == {"host": "https://media.example", "url": "https://media.example/pictures/x"}


def settings_of(**variables: str) -> dict[str, str]:
    """What a process with that environment has."""
    script = (
        "import json; from django.conf import settings; from django.core.files.storage import default_storage; "
        "print(json.dumps({'host': settings.MEDIA_HOST, 'url': default_storage.url('x')}))"
    )
    done = manage({**os.environ, **variables}, "shell", "--no-imports", "-c", script)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_the_policy_of_a_page_names_that_host(db: None, settings: object) -> None:
    settings.MEDIA_HOST = "https://media.example"  # type: ignore[attr-defined]
    policy = Client().get("/public/")["Content-Security-Policy"]
    assert "img-src 'self' data: blob: https://media.example;" in policy


# --- There and back ---


def test_pictures_are_moved_there_and_back_and_what_was_cut_off_goes_on(
    s3_place: env.S3, server: Server, tmp_path: Path, ada: Person
) -> None:
    here = places.storage(places.of_pictures(tmp_path)["default"])
    there = places.storage(places.of_pictures(s3_place)["default"])
    names = [name_of(f"{number:032x}", 480) for number in range(5)]
    for number, name in enumerate(names):
        here.save(name, ContentFile(f"picture {number}".encode()))
    assert copy(here, there, dict(list(here.files())[:2]), int) == 2
    assert copy(here, there, dict(here.files()), int) == 3
    assert copy(here, there, dict(here.files()), int) == 0
    assert dict(there.files()) == dict(here.files())
    # One of them was hidden before the second pass.
    here.delete(names[0])
    assert remove(there, dict(here.files())) == 1
    assert dict(there.files()) == dict(here.files())


@pytest.mark.slow
def test_by_the_command_too(s3_place: env.S3, server: Server, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, name in (("public", name_of("a" * 32, 96)), ("uploads", "b" * 32)):
        (first / folder / name).parent.mkdir(parents=True)
        (first / folder / name).write_bytes(folder.encode())
    environment = {**os.environ, **server.environment}
    url = server.place(f"social/{s3_place.prefix}")
    for source, target in ((str(first), url), (url, str(second))):
        done = manage(environment, "media", "copy", source, target)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == [
            "default: 1 files, 1 of them new; 0 removed.",
            "uploads: 1 files, 1 of them new; 0 removed.",
        ]
    assert (second / "public" / name_of("a" * 32, 96)).read_bytes() == b"public"
    assert (second / "uploads" / ("b" * 32)).stat().st_mode & 0o777 == 0o600
    misspelt = manage(environment, "media", "copy", str(tmp_path / "frist"), str(second))
    assert (misspelt.returncode, "no pictures in" in misspelt.stderr) == (1, True)
    assert (second / "public" / name_of("a" * 32, 96)).exists()
    refused = manage(environment, "media", "copy", str(first), str(first / "public"))
    assert (refused.returncode, "one lies in the other" in refused.stderr) == (1, True)


# --- Backups ---


@pytest.mark.django_db(transaction=True)
def test_a_backup_lies_there_and_pictures_come_back_from_it(s3_place: env.S3, server: Server, ada: Person) -> None:
    Era.begin()
    picture = prepared(ada)
    saved = saving.save(s3_place)
    storage = places.storage(places.private(s3_place))
    assert (backups(storage), saved.pictures) == ([saved.name], 3)
    assert len(files(server, s3_place, "pictures")) == 3
    assert files(server, s3_place, saved.name) == {"database.dump", "keys.json", "pictures.txt", "manifest.json"}
    default = storages["default"]
    for size in (480, 960, 1_600):
        default.delete(name_of(picture.token, size))
    _restore_pictures(storage, pictures_of(storage, saved.name))
    assert default.exists(name_of(picture.token, 960))
    assert not uploads().exists(name_of(picture.token, 960))
