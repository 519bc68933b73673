"""An export of somebody with much: in bounded memory, gone on with after `kill -9`, and imported again.

In a normal run with small numbers. For the figures of docs/takeout.md:

    LARGE_EXPORT=1 bin/test tests/socialapp/takeout/test_large.py -s
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.conf import LazySettings
from django.conf import settings as ours
from django.db import connection
from PIL import Image

from config.env import CHECKOUT
from reactions.models import Like
from socialapp.bookmarks.models import Bookmark
from socialapp.follows.models import Block, Follow
from socialapp.media.files import name_of
from socialapp.media.models import SIZES, Kind, Picture, State
from socialapp.posts.models import Post, PostPicture
from socialapp.takeout import exports, imports
from socialapp.takeout import files as storage
from socialapp.takeout.kinds import BLOCKED, BOOKMARKS, FOLLOWING
from socialapp.takeout.models import Export, Outcome
from socialapp.takeout.operations import request_export
from socialapp.users.models import Person
from tests.people import new_person
from tests.socialapp.media import samples
from tests.socialapp.takeout.archives import NEVER, items
from tests.socialapp.takeout.test_exports import pass_time

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

IS_LARGE = os.environ.get("LARGE_EXPORT") == "1"
POSTS, PICTURES, PEOPLE = (100_000, 10_000, 5_000) if IS_LARGE else (3_000, 60, 40)
WORDS = "Fog over the river again, and the ferry is late. Who else is waiting at the pier? " * 3
# What a worker has without any export: the product, imported.
MOST_MEMORY_MB = 200

WORKER = """
import json, re, time
from pathlib import Path
import django
django.setup()
from socialapp.takeout import exports
def most_memory_mb():
    # Not ru_maxrss, which begins with that of the process that started this one.
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
began, before = time.monotonic(), most_memory_mb()
exports.work(float("inf"))
print(json.dumps({
    "seconds": time.monotonic() - began, "cpu": time.process_time(), "before_mb": before, "peak_mb": most_memory_mb(),
}))
"""


@dataclass
class Figures:
    """What one worker used."""

    seconds: float
    cpu: float
    before_mb: float
    peak_mb: float


def furnish(ada: Person) -> None:
    """Much of all that there is, without the time that it takes to make it."""
    Post.objects.bulk_create((Post(author=ada, body=f"{number}: {WORDS}") for number in range(POSTS)), batch_size=5_000)
    posts = list(Post.objects.order_by("pk").only("pk"))
    pictures = Picture.objects.bulk_create(
        Picture(owner=ada, kind=Kind.POST, state=State.READY, token=f"{number:032x}", width=1_600, height=1_200)
        for number in range(PICTURES)
    )
    PostPicture.objects.bulk_create(
        PostPicture(post=post, picture=picture, position=0, description="Fog")
        for post, picture in zip(posts, pictures, strict=False)
    )
    _write_files(pictures)
    people = Person.objects.bulk_create(Person(username=f"p{number}", password="!") for number in range(PEOPLE))
    Follow.objects.bulk_create(Follow(follower=ada, followee=person) for person in people)
    Block.objects.bulk_create(Block(blocker=ada, blocked=person) for person in people[::10])
    Like.objects.bulk_create(Like(person=ada, post=post) for post in posts[:PEOPLE])
    Bookmark.objects.bulk_create(Bookmark(person=ada, post=post) for post in posts[:PEOPLE])


def _write_files(pictures: list[Picture]) -> None:
    """One picture under many names."""
    noise = Image.effect_noise((1_600, 1_200), 40).convert("RGB")
    content = samples.saved(noise, "WEBP", quality=60)
    first: Path | None = None
    for picture in pictures:
        path = Path(ours.MEDIA_ROOT) / name_of(picture.token, SIZES[Kind.POST][-1])
        path.parent.mkdir(parents=True, exist_ok=True)
        if first is None:
            path.write_bytes(content)
            first = path
        else:
            path.unlink(missing_ok=True)
            path.hardlink_to(first)


def worker() -> "subprocess.Popen[str]":
    db = connection.settings_dict
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{db['NAME']}",
        "PYTHONPATH": str(CHECKOUT),
    }
    return subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stdout=subprocess.PIPE, text=True)


def killed_at(parts: int) -> int:
    """Have a worker make some parts, and kill it. Returns how many it stored."""
    process = worker()
    assert process.stdout
    process.stdout.close()
    while Export.objects.get().parts.filter(number__isnull=False).count() < parts:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return Export.objects.get().parts.filter(number__isnull=False).count()


def finished() -> Figures:
    process = worker()
    out, _ = process.communicate()
    assert process.returncode == 0
    return Figures(**json.loads(out))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive.zip"


def put_together(export: Export, archive: Path) -> None:
    """As a download does, to a file."""
    with archive.open("wb") as target:
        for part in export.parts.filter(number__isnull=False).order_by("number"):
            with storage.exports().open(part.file) as source:
                shutil.copyfileobj(source, target)


def test_much_is_exported_and_imported_again(ada: Person, archive: Path, settings: LazySettings) -> None:
    settings.LIMITS = {}  # which would have the import wait
    furnish(ada)
    request_export(person=ada)
    stored = killed_at(20 if IS_LARGE else 1)
    kept = list(Export.objects.get().parts.filter(number__isnull=False).order_by("number").values_list("file"))
    pass_time(exports.LEASE)
    figures = finished()
    export = Export.objects.get()
    assert export.state == Export.State.READY
    parts = list(export.parts.filter(number__isnull=False).order_by("number").values_list("file"))
    assert parts[: len(kept)] == kept
    assert figures.peak_mb < MOST_MEMORY_MB
    put_together(export, archive)
    assert archive.stat().st_size == export.size
    with ZipFile(archive) as found:
        assert found.testzip() is None
        assert len(items(found, "outbox.json")) == POSTS
        assert sum(name.startswith("media_attachments/") for name in found.namelist()) == PICTURES
        began = time.monotonic()
        lines = imported(found)
    if IS_LARGE:
        print(
            f"\n{POSTS:,} posts, {PICTURES:,} pictures: killed after {stored} of {len(parts)} parts; the rest took "
            f"{figures.seconds:.0f} s, {figures.cpu:.0f} s of processor; {figures.before_mb:.0f} MB before, "
            f"{figures.peak_mb:.0f} MB at most; {export.size / 1e6:,.0f} MB. {lines:,} lines imported in "
            f"{time.monotonic() - began:.0f} s."
        )


def imported(archive: ZipFile) -> int:
    """Take the lists in by another account. Returns how many lines."""
    heir, lines = new_person("heir"), 0
    for kind, name in (
        (FOLLOWING, "following_accounts.csv"),
        (BLOCKED, "blocked_accounts.csv"),
        (BOOKMARKS, "bookmarks.csv"),
    ):
        draft = imports.draft_import(person=heir, kind=kind, data=archive.read(name))
        imports.begin_import(person=heir, import_id=draft.pk, mode=imports.Mode.MERGE)
        assert imports.work(NEVER) is False
        outcomes = list(draft.lines.values_list("outcome", flat=True))
        assert set(outcomes) == {Outcome.ADDED}
        lines += len(outcomes)
    return lines
