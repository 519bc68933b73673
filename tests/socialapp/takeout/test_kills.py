"""`kill -9` of who makes an export or takes a file in, at each step: nothing is lost, made twice or half."""

import os
import signal
import subprocess
import sys

import pytest
from django.core.files.storage import storages
from django.db import connection

from config.env import CHECKOUT
from socialapp.follows.models import Follow
from socialapp.messaging.consumer import consume
from socialapp.takeout import exports, imports
from socialapp.takeout.kinds import FOLLOWING
from socialapp.takeout.models import Export, ExportPart, Import, Outcome
from socialapp.takeout.operations import request_export, tidy
from socialapp.users.models import Person
from tests.passwords import ada
from tests.people import new_person
from tests.socialapp.takeout.archives import NEVER, downloaded, furnish, items
from tests.socialapp.takeout.test_exports import browser_of, pass_time, stored_files

__all__ = ["ada"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# A worker that dies on reaching a point: the process is really killed, what it committed and wrote stays.
DYING = """
import os, signal, sys
import django
django.setup()
from django.core.files.storage import FileSystemStorage
from socialapp.takeout import exports, imports
from socialapp.takeout.models import ImportLine
exports.PART_ROWS = 2
def die(*_args, **_options):
    os.kill(os.getpid(), signal.SIGKILL)
def dying_at_the(number, call, after):
    left = [number]
    def called(*args, **options):
        left[0] -= 1
        if not left[0] and not after:
            die()
        result = call(*args, **options)
        if not left[0]:
            die()
        return result
    return called
point = sys.argv[1]
if point == "claimed":
    exports.make = die
elif point == "part made":
    exports._store = dying_at_the(3, exports._store, after=False)
elif point == "file written":
    FileSystemStorage.save = dying_at_the(6, FileSystemStorage.save, after=True)
elif point == "part stored":
    exports._store = dying_at_the(4, exports._store, after=True)
elif point == "all but the directory":
    exports._finish = die
elif point == "ready":
    exports.announce = die
elif point == "line done":
    imports.ImportLine.objects.filter = dying_at_the(3, imports.ImportLine.objects.filter, after=False)
imports.work(float("inf"))
exports.work(float("inf"))
"""


def die_at(point: str) -> None:
    """Start a worker on the tests' database and folders, and see it killed."""
    db = connection.settings_dict
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{db['NAME']}",
        "PYTHONPATH": str(CHECKOUT),
    }
    done = subprocess.run([sys.executable, "-c", DYING, point], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("point", "stored"),
    [("claimed", 0), ("part made", 2), ("file written", 2), ("part stored", 4), ("all but the directory", 8)],
)
def test_an_export_goes_on_behind_its_last_part(point: str, stored: int, ada: Person, bob: Person) -> None:
    furnish(ada, bob)
    consume()
    request_export(person=ada)
    die_at(point)
    kept = dict(ExportPart.objects.filter(number__isnull=False).values_list("number", "file"))
    assert len(kept) >= stored
    assert exports.claim() is None  # the lease holds
    pass_time(exports.LEASE)
    assert exports.work(NEVER) is False
    export = Export.objects.get()
    assert export.state == Export.State.READY
    assert dict(export.parts.filter(number__in=kept).values_list("number", "file")) == kept  # not made again
    archive = downloaded(browser_of(ada), export)
    assert (len(items(archive, "outbox.json")), len(items(archive, "inbox.json"))) == (2, 2)
    assert (
        stored_files()
        == set(ExportPart.objects.filter(number__isnull=False).values_list("file", flat=True)) | orphans()
    )


def orphans() -> set[str]:
    """Files of parts whose worker died before it could say that they are there: they have a row, and go with it."""
    rows = ExportPart.objects.filter(number=None).values_list("file", flat=True)
    return {file for file in rows if storages["exports"].exists(file)}


def test_a_file_of_a_dead_worker_goes_with_the_others(ada: Person, bob: Person) -> None:
    furnish(ada, bob)
    request_export(person=ada)
    die_at("file written")
    assert len(orphans()) == 1
    pass_time(exports.LEASE)
    exports.work(NEVER)
    Export.objects.update(state=Export.State.REMOVED)
    tidy()
    assert stored_files() == set()


def test_an_import_goes_on_and_does_no_line_twice(ada: Person) -> None:
    people = [new_person(f"friend{number}") for number in range(6)]
    data = "".join(f"{person.username}\n" for person in people).encode()
    draft = imports.draft_import(person=ada, kind=FOLLOWING, data=data)
    imports.begin_import(person=ada, import_id=draft.pk, mode=Import.Mode.MERGE)
    die_at("line done")
    assert 0 < Follow.objects.count() < 6
    assert imports.claim() is None
    Import.objects.update(due_at=draft.created_at)
    imports.work(NEVER)
    assert Follow.objects.filter(follower=ada).count() == 6
    assert set(draft.lines.values_list("outcome", flat=True)) == {Outcome.ADDED}
    assert Import.objects.get().state == Import.State.DONE
