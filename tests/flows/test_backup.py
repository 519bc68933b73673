"""A site is lost, and goes on from its backup. What is not whole is refused, and what is no place for backups."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import psycopg2
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from bin.backup import saving
from bin.backup.manifest import MANIFEST, PICTURES, backups, pictures_of
from bin.runtime.console import Failure
from config import places
from notifications.models import Era
from socialapp.media.cleanup import tidy
from socialapp.media.files import name_of, uploads
from socialapp.media.models import Kind, Picture
from socialapp.media.operations import keep, put_in_place, upload
from socialapp.media.processing import claim, prepare_one
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.flows.servers import Server, ask, running
from tests.product import Product, manage, new_folder, running_product
from tests.socialapp.media import s3_server, samples

LIKES_BEFORE = 50
PAUSE_S = 0.03
PATIENCE_S = 60


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for backups."""
    folder = new_folder() / "backups"
    yield folder
    shutil.rmtree(folder.parent)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that is kept over two starts."""
    folder = new_folder()
    yield folder
    shutil.rmtree(folder)


# --- The drill ---


def call(product: Product, method: str, path: str, token: str, body: object = None, **headers: str) -> Any:
    """Ask the API."""
    request = Request(f"{product.url}/api/social/v1/{path}", method=method)  # noqa: S310  our own
    request.add_header("Authorization", f"Bearer {token}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    if isinstance(body, bytes):
        request.data = body
    elif body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    with urlopen(request, timeout=30) as answer:  # noqa: S310
        said = answer.read()
    return json.loads(said) if said else None


class Liking(Thread):
    """Bob likes one post after the other, and notes each that was accepted."""

    def __init__(self, product: Product, token: str, posts: list[int]) -> None:
        super().__init__(daemon=True)
        self.product, self.token, self.posts = product, token, posts
        self.accepted: list[int] = []
        self.enough = Event()

    def run(self) -> None:
        for post in self.posts:
            if self.enough.is_set():
                return
            call(self.product, "PUT", f"posts/{post}/like/", self.token)
            self.accepted.append(post)
            time.sleep(PAUSE_S)

    def until(self, count: int) -> None:
        while len(self.accepted) < count:
            assert self.is_alive()
            time.sleep(0.01)


def liked(url: str) -> set[int]:
    """The posts that have a like."""
    return set(ask(url, "SELECT array_agg(post_id) FROM reactions_like"))


def token_of(product: Product, name: str) -> str:
    return product.manage("token", name, "--create").stdout.strip()


@dataclass(frozen=True)
class Drill:
    """Where backups go, and the settings of the site that is lost and of the one that is restored."""

    place: str
    before: dict[str, str]
    after: dict[str, str]


@pytest.fixture(params=["folder", "s3"])
def drill(request: pytest.FixtureRequest, place: Path) -> Iterator[Drill]:
    """In folders, or backups and pictures of both sites on S3."""
    if request.param == "folder":
        yield Drill(str(place), {}, {})
        return
    with s3_server.running() as server:
        before, after = ({**server.environment, "SOCIALAPP_MEDIA": server.place(f"social/{n}")} for n in ("old", "new"))
        yield Drill(server.place("social/backups"), before, after)


@pytest.mark.slow
def test_a_site_that_was_saved_under_load_and_destroyed_goes_on_in_a_new_era(drill: Drill, folder: Path) -> None:
    with running_product("--no-demo", "--no-fakes", kept=None, **drill.before) as lost:
        ada, bob = token_of(lost, "ada"), token_of(lost, "bob")
        picture = call(lost, "POST", "pictures/", ada, samples.photo(), Content_Type="image/jpeg")
        while call(lost, "GET", f"pictures/{picture['id']}/", ada)["state"] == "waiting":
            time.sleep(0.1)
        shown = call(lost, "POST", "posts/", ada, {"body": "Look!", "pictures": [{"id": picture["id"]}]})
        posts = [call(lost, "POST", "posts/", ada, {"body": f"{n}"})["id"] for n in range(500)]
        liking = Liking(lost, bob, posts)
        liking.start()
        liking.until(LIKES_BEFORE)
        before = list(liking.accepted)
        saved = lost.manage("backup", drill.place)
        during = len(liking.accepted)
        assert (saved.returncode, saved.stderr) == (0, "")
        liking.until(during + 1)
        liking.enough.set()
        liking.join()
        forgotten = call(lost, "POST", "posts/", ada, {"body": "Since the backup"})["id"]
        era = ask(lost.remembered["DATABASE_URL"], "SELECT name FROM notifications_era")
        key = (lost.data / "secret_key").read_text()
    assert not lost.data.exists()
    assert during > len(before)

    with running_product("--no-demo", "--no-fakes", kept=folder, **drill.after) as fresh:
        pass
    restored = fresh.manage("restore", drill.place)
    assert restored.returncode == 0, restored.stderr
    assert (folder / "secret_key").read_text() == key

    with running_product("--no-demo", "--no-fakes", kept=folder, **drill.after) as site:
        url = site.remembered["DATABASE_URL"]
        likes = liked(url)
        assert set(before) <= likes <= set(liking.accepted)
        assert all(call(site, "GET", f"posts/{post}/", bob)["liked"] for post in before)
        picture = call(site, "GET", f"posts/{shown['id']}/", ada)["pictures"][0]
        path = "/".join(urlsplit(picture["urls"]["480"]).path.split("/")[-3:])
        with urlopen(f"{site.url}/media/{path}") as answer:  # noqa: S310
            assert answer.headers["Content-Type"] == "image/webp"
        assert ask(url, "SELECT name FROM notifications_era") != era
        assert call(site, "POST", "posts/", ada, {"body": "Again"})["id"] > forgotten
        with pytest.raises(HTTPError, match="404"):
            call(site, "GET", f"posts/{forgotten}/", ada)
        call(site, "PUT", f"posts/{shown['id']}/like/", bob)
        until(lambda: ask(url, "SELECT count(*) FROM messaging_outbox") == 0)
        audit = site.manage("audit")
        assert (audit.returncode, audit.stderr) == (0, "")


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


# --- To a point in time, by PostgreSQL's own means ---


def archiving(data: Path, archive: Path, known: str | None = None) -> Server:
    """A server that archives its log, with the password of a known one."""
    command = f"install -m 644 %p {archive}/%f"
    return Server(data, {"wal_level": "replica", "archive_mode": "on", "archive_command": command}, known)


@pytest.mark.slow
def test_a_site_is_taken_back_to_a_point_in_time_while_its_reactions_went_on(folder: Path) -> None:
    archive, first, second = folder / "archive", folder / "first", folder / "second"
    for each in (archive, first, second):
        each.mkdir()
        each.chmod(0o777 if each == archive else 0o711)
    with running(archiving(first, archive)) as server:
        url = server.url
        server.make_database()
        with running_product("--no-demo", "--no-fakes", DATABASE_URL=url) as lost:
            ada, bob = token_of(lost, "ada"), token_of(lost, "bob")
            posts = [call(lost, "POST", "posts/", ada, {"body": f"{n}"})["id"] for n in range(300)]
            liking = Liking(lost, bob, posts)
            liking.start()
            server.base_backup(second, "--wal-method=none")
            liking.until(LIKES_BEFORE)
            wanted = list(liking.accepted)
            until_then = ask(url, "SELECT clock_timestamp()")
            liking.join()
            era = ask(url, "SELECT name FROM notifications_era")
            ask(url, "SELECT pg_switch_wal()")
    cluster = second / "postgres"
    (cluster / "recovery.signal").touch()
    with (cluster / "postgresql.auto.conf").open("a") as file:
        file.write(
            f"restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{until_then}'\n"
            "recovery_target_action = promote\n"
        )
    with running(archiving(second, archive, url)) as restored:
        there = restored.url
        until(lambda: ask(there, "SELECT pg_is_in_recovery()") is False)
        with running_product("--no-demo", "--no-fakes", DATABASE_URL=there) as site:
            assert site.manage("restored").returncode == 0
            likes = liked(there)
            assert set(wanted) <= likes < set(liking.accepted)
            assert all(call(site, "GET", f"posts/{post}/", bob)["liked"] for post in wanted)
            assert ask(there, "SELECT name FROM notifications_era") != era
            until(lambda: ask(there, "SELECT count(*) FROM messaging_outbox") == 0)
            audit = site.manage("audit")
            assert (audit.returncode, audit.stderr) == (0, "")


# --- What a backup is ---


@pytest.fixture
def ready(ada: Person) -> Picture:
    """A picture of Ada's, in public."""
    Era.begin()
    picture = upload(owner_id=ada.pk, file=samples.upload(samples.photo()))
    claimed = claim()
    assert claimed
    prepare_one(claimed)
    keep(owner_id=ada.pk, kind=Kind.POST, ids=[picture.pk])
    picture.refresh_from_db()
    return picture


@pytest.mark.django_db(transaction=True)
def test_only_we_can_read_it_and_pictures_are_saved_once(place: Path, ready: Picture) -> None:
    first = saving.save(place)
    files = [path for path in place.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert place.stat().st_mode & 0o777 == 0o700
    assert first.pictures == 3
    written = {path: path.stat().st_mtime_ns for path in files}
    second = saving.save(place)
    assert (second.pictures, second.name > first.name) == (3, True)
    assert {path: path.stat().st_mtime_ns for path in written} == written

    shutil.rmtree(place / first.name)
    default_storage.delete(name_of(ready.token, 480))
    ready.delete()
    assert saving.save(place).pictures == 0
    # The second one has them still.
    storage = places.storage(places.private(place))
    assert {f"pictures/{each.name}" for each in pictures_of(storage, second.name)} <= dict(storage.files()).keys()
    shutil.rmtree(place / second.name)
    saving.save(place)
    assert [name for name, _ in storage.files() if name.startswith("pictures/")] == []


@pytest.mark.django_db(transaction=True)
def test_one_that_was_cut_off_is_none_and_the_next_one_removes_it(place: Path, ready: Picture) -> None:
    storage = places.storage(places.private(place))
    saved = saving.save(place)
    (place / saved.name / MANIFEST).unlink()
    assert backups(storage) == []
    again = saving.save(place)
    assert backups(storage) == [again.name]
    assert not (place / saved.name).exists()


@pytest.mark.django_db(transaction=True)
def test_one_that_was_damaged_later_is_named(place: Path, ready: Picture) -> None:
    saved = saving.save(place)
    (place / saved.name / PICTURES).write_text("half a li")
    with pytest.raises(Failure, match=rf"{saved.name} is damaged\. Remove this backup"):
        saving.save(place)


def test_a_database_that_is_away_is_a_line(place: Path) -> None:
    done = manage({**os.environ, "DATABASE_URL": "postgres://me@127.0.0.1:9/none"}, "backup", str(place))
    assert (done.returncode, "Connection refused" in done.stderr, "Traceback" in done.stderr) == (1, True, False)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_should_be_there_and_is_not_is_named(place: Path, ready: Picture) -> None:
    (gone, *_) = [name for name, _ in default_storage.files() if ready.token in name]  # type: ignore[attr-defined]
    default_storage.delete(gone)
    assert saving.save(place).missing == [gone]


@pytest.mark.django_db(transaction=True)
def test_what_is_hidden_while_it_is_saved_is_found_where_it_is(place: Path, ready: Picture) -> None:
    """The snapshot has it in public."""
    wanted = list(saving._wanted())
    Picture.objects.update(withheld=True)
    put_in_place()
    storage = places.storage(places.private(place))
    pictures, missing = saving._save_pictures(storage, wanted)
    assert ({each.aside for each in pictures}, missing) == ({False}, [])


@pytest.mark.django_db(transaction=True)
def test_no_upload_is_removed_while_a_backup_may_want_it(place: Path, ada: Person) -> None:
    picture = upload(owner_id=ada.pk, file=samples.upload(samples.photo()))
    with saving._alone():
        other = Thread(target=work)
        other.start()
        other.join()
        assert uploads().exists(picture.token)
    tidy()
    assert not uploads().exists(picture.token)
    picture.refresh_from_db()
    assert (picture.state, picture.has_upload) == ("ready", False)


def work() -> None:
    """As a worker does, with a connection of its own."""
    from django.db import connection

    claimed = claim()
    assert claimed
    prepare_one(claimed)
    connection.close()


# --- Refusals ---


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["data", "media", "above"])
def test_it_does_not_lie_in_what_it_saves(where: str) -> None:
    media = Path(settings.MEDIA_ROOT).parent
    within = {"data": settings.DATA / "x", "media": media / "x", "above": settings.DATA.parent}[where]
    with pytest.raises(Failure, match="must not lie in what it saves"):
        saving.save(within)


@pytest.mark.django_db(transaction=True)
def test_a_folder_of_other_things_is_refused_and_stays_open(place: Path) -> None:
    place.mkdir(mode=0o755)
    (place / "thesis.txt").touch()
    mode = place.stat().st_mode
    with pytest.raises(Failure, match=r"holds other things \(thesis.txt\)"):
        saving.save(place)
    assert (place.stat().st_mode, [each.name for each in place.iterdir()]) == (mode, ["thesis.txt"])


@pytest.mark.django_db(transaction=True)
def test_without_a_fitting_pg_dump_it_says_what_to_install(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bin.backup.postgres._server", lambda: 99)
    Era.begin()
    with pytest.raises(Failure, match="apt install postgresql-client-99"):
        saving.save(place)
    assert backups(places.storage(places.private(place))) == []


def own() -> str:
    """The URL of the tests' PostgreSQL, without a database."""
    tests = settings.DATABASES["default"]
    return f"postgres://{tests['USER']}:{tests['PASSWORD']}@{tests['HOST']}:{tests['PORT']}"


@pytest.fixture
def other_site() -> Iterator[dict[str, str]]:
    """The environment of another site, whose database is prepared and empty."""
    admin = psycopg2.connect(f"{own()}/postgres")
    admin.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    data = new_folder()
    with admin.cursor() as cursor:
        cursor.execute("CREATE DATABASE restored")
        environment = os.environ | {"DATABASE_URL": f"{own()}/restored", "SOCIALAPP_DATA": str(data)}
        environment["REDIS_URL"] = settings.CELERY_BROKER_URL.rpartition("/")[0] + "/7"
        try:
            yield environment
        finally:
            cursor.execute("DROP DATABASE restored WITH (FORCE)")
    admin.close()
    shutil.rmtree(data)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_backup_is_restored_as_it_was(
    place: Path, ready: Picture, post: Post, other_site: dict[str, str], bob: Person
) -> None:
    Picture.objects.update(withheld=True)
    put_in_place()
    saving.save(place)
    done = manage(other_site, "restore", str(place))
    assert done.returncode == 0, done.stderr
    url, data = other_site["DATABASE_URL"], Path(other_site["SOCIALAPP_DATA"])
    assert ask(url, "SELECT body FROM posts_post") == post.body
    assert ask(url, "SELECT count(*) FROM users_person") == Person.objects.count()
    assert ask(url, "SELECT name FROM notifications_era") != Era.objects.get().name
    assert (data / "secret_key").read_text() == settings.SECRET_KEY
    assert (data / "secret_key").stat().st_mode & 0o777 == 0o600
    names = {path.name for path in (data / "media" / "uploads").rglob("*.webp")}
    assert (len(names), [*(data / "media" / "public").rglob("*.webp")]) == (3, [])

    # Others are there now: they are not replaced by mistake.
    Picture.objects.update(withheld=False)
    put_in_place()
    Person.objects.filter(pk=bob.pk).update(name="Robert")
    saving.save(place)
    refused = manage(other_site, "restore", str(place))
    assert (refused.returncode, "There are people in this database" in refused.stderr) == (1, True)
    assert ask(url, f"SELECT name FROM users_person WHERE id = {bob.pk}") == "Bob"
    assert manage(other_site, "restore", str(place), "--yes").returncode == 0
    assert ask(url, f"SELECT name FROM users_person WHERE id = {bob.pk}") == "Robert"
    assert len([*(data / "media" / "public").rglob("*.webp")]) == 3
    assert [*(data / "media" / "uploads").rglob("*.webp")] == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_is_not_as_it_was_saved_is_refused_before_anything_changes(
    place: Path, ready: Picture, other_site: dict[str, str]
) -> None:
    saved = saving.save(place)
    assert manage(other_site, "restore", str(place)).returncode == 0
    era = ask(other_site["DATABASE_URL"], "SELECT name FROM notifications_era")
    (picture, *_) = (place / "pictures").rglob("*.webp")
    for file, says in (
        (place / saved.name / "database.dump", "database.dump"),
        (place / saved.name / "keys.json", "keys.json"),
        (picture, picture.name),
    ):
        right = file.read_bytes()
        file.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
        refused = manage(other_site, "restore", str(place), "--yes")
        assert (refused.returncode, says in refused.stderr) == (1, True), refused.stderr
        file.write_bytes(right)
    (place / saved.name / MANIFEST).unlink()
    refused = manage(other_site, "restore", str(place), "--yes")
    assert (refused.returncode, "There is no complete backup" in refused.stderr) == (1, True)
    assert ask(other_site["DATABASE_URL"], "SELECT name FROM notifications_era") == era
    assert "restored" in ask(other_site["DATABASE_URL"], "SELECT current_database()")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_site_that_runs_is_not_restored_under_its_feet(place: Path, other_site: dict[str, str], ada: Person) -> None:
    Era.begin()
    saving.save(place)
    web = psycopg2.connect(other_site["DATABASE_URL"])
    refused = manage(other_site, "restore", str(place))
    assert (refused.returncode, "Others use this database (1 sessions)" in refused.stderr) == (1, True)
    web.close()
