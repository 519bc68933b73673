"""`kill -9` of who prepares pictures, at each step: the picture is ready in the end, nothing half is ever served."""

import os
import signal
import subprocess
import sys
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from PIL import Image

from config.env import CHECKOUT
from socialapp.media.cleanup import tidy
from socialapp.media.files import name_of
from socialapp.media.models import Picture
from socialapp.media.processing import LEASE, prepare
from socialapp.users.models import Person
from tests.socialapp.media.test_preparing import UPLOADS, files_of, pass_time, sent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# A worker that dies on reaching a point: the process is really killed, what it committed and wrote stays.
DYING = """
import os, signal, sys
import django
django.setup()
from django.core.files.storage import FileSystemStorage
from socialapp.media import processing
def die(*_args, **_options):
    os.kill(os.getpid(), signal.SIGKILL)
point = sys.argv[1]
if point == "claimed":
    processing.prepare_one = die
elif point == "decoded":
    processing.ContentFile = die
elif point == "half written":
    class Half(processing.ContentFile):
        def chunks(self, chunk_size=None):
            yield self.read()[: self.size // 2]
            die()
    processing.ContentFile = Half
elif point == "one file written":
    save = FileSystemStorage.save
    FileSystemStorage.save = lambda *args, **options: (save(*args, **options), die())
elif point == "all written":
    processing._ready = die
elif point == "recorded":
    processing.remove_upload = die
processing.prepare()
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


@pytest.mark.parametrize("point", ["claimed", "decoded", "half written", "one file written", "all written", "recorded"])
def test_killed_at_each_step(point: str, ada: Person) -> None:
    picture = sent(ada)
    die_at(point)
    assert Picture.objects.get().is_ready == (point == "recorded")
    for path in settings.MEDIA_ROOT.rglob(f"{picture.token}*"):
        Image.open(path).load()  # what is there is whole

    prepare()
    assert Picture.objects.get().is_ready == (point == "recorded")  # the lease holds
    pass_time(LEASE)
    prepare()
    assert Picture.objects.get().is_ready
    for size, width in ((480, 480), (960, 960), (1_600, 1_200)):
        with default_storage.open(name_of(picture.token, size)) as file:
            assert Image.open(BytesIO(file.read())).size[0] == width
    tidy()
    assert len(files_of(picture)) == 3
    assert not (UPLOADS / picture.token).exists()
