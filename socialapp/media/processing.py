"""Prepares uploads: claim, make the sizes, record. Each step is committed on its own.

What dies between two steps is claimed again when its lease ends. After a claim, or with some files written, all are
written again under the same names; after the record, `cleanup` removes the upload.

A picture that kills its worker or its decoder three times is not tried a fourth time. One that exceeds the limits of
`decoding` has failed: pictures behind it wait no longer than that.
"""

import logging
import time
from datetime import timedelta
from subprocess import TimeoutExpired

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from socialapp import database
from socialapp.media import decoding, imaging
from socialapp.media.files import name_of, uploads
from socialapp.media.models import SIZES, Picture, State
from socialapp.media.operations import HEAVY_QUEUE, put_in_place
from socialapp.messaging import dispatch

logger = logging.getLogger(__name__)

# Longer than the slowest machine takes: `decoding.PATIENCE_S`, and then three files are stored.
LEASE = timedelta(seconds=120)
MOST_CLAIMS = 3
LATELY = timedelta(minutes=10)
# A picture is given up when the storage is away for this long. Pauses are a tenth of a picture's age.
HORIZON = timedelta(hours=24)
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=10)
# After this time a task makes room for others, and wakes workers for the rest.
LONG_ENOUGH_S = 20.0

# The storage is away or full, memory is short or the machine busy: not the picture's fault, and may pass.
HICCUPS = (OSError, MemoryError, TimeoutExpired)


def prepare(queue: str = "") -> BaseException | None:
    """Prepare all that waits in this queue, or in both. Returns the last temporary failure, if there was one."""
    if queue:
        dispatch.acknowledge(queue)
    started, hiccup = time.monotonic(), None
    while picture := claim(queue):
        hiccup = prepare_one(picture) or hiccup
        if queue and time.monotonic() - started > LONG_ENOUGH_S:
            dispatch.wake_workers(queue)
            break
    return hiccup


@transaction.atomic
def claim(queue: str = "") -> Picture | None:
    """Lease the next picture to this worker: the longest waiting one of the owner who had the fewest recently."""
    lately = Picture.objects.filter(owner=OuterRef("owner"), claims__gt=0, created_at__gt=Now() - LATELY)
    had = lately.order_by().values("owner").annotate(n=Count("pk")).values("n")
    due = Picture.objects.filter(state=State.WAITING, due_at__lte=Now())
    if queue:
        due = due.filter(heavy=queue == HEAVY_QUEUE)
    turns = due.annotate(had=Coalesce(Subquery(had), 0)).order_by("had", "due_at")
    picture = turns.select_for_update(skip_locked=True).first()
    if picture is not None:
        picture.claims += 1
        Picture.objects.filter(pk=picture.pk).update(claims=picture.claims, due_at=Now() + LEASE)
    return picture


def prepare_one(picture: Picture) -> BaseException | None:
    """Prepare a picture, or put it off after a temporary failure, which is returned."""
    if picture.claims > MOST_CLAIMS:
        logger.error("Picture %d took its worker down %d times and is given up.", picture.pk, MOST_CLAIMS)
        _failed(picture, imaging.Fault.OURS)
        return None
    try:
        data = _uploaded(picture)
        made = decoding.scaled_apart(data, SIZES[picture.kind])
        for size, content in made.files.items():
            default_storage.save(name_of(picture.token, size), ContentFile(content))
    except imaging.Unusable as error:
        _failed(picture, error.fault)
    except decoding.Crashed:
        # As if the worker had died: the next attempt is when its lease ends.
        logger.exception("Picture %d took its decoder down.", picture.pk)
    except HICCUPS as error:
        logger.warning("Picture %d could not be prepared now: %s", picture.pk, error)
        _put_off(picture)
        return error
    else:
        _ready(picture, made)
    return None


def remove_files(picture: Picture) -> None:
    """Remove all files that a picture may have."""
    for size in SIZES[picture.kind]:
        for storage in (default_storage, uploads()):
            storage.delete(name_of(picture.token, size))
    uploads().delete(picture.token)


def remove_upload(picture: Picture) -> None:
    """Remove the upload, which is no longer needed. During a backup it stays: `cleanup` comes back to it."""
    if database.is_being_saved():
        return
    uploads().delete(picture.token)
    Picture.objects.filter(pk=picture.pk).update(has_upload=False)


def _uploaded(picture: Picture) -> bytes:
    try:
        with uploads().open(picture.token) as upload:
            data: bytes = upload.read()
    except FileNotFoundError as error:
        raise imaging.Unusable(imaging.Fault.CUT_OFF) from error
    return data


def _ready(picture: Picture, made: imaging.Prepared) -> None:
    _end(picture, state=State.READY, width=made.width, height=made.height)
    put_in_place([picture.pk])  # its post may have been hidden meanwhile


def _failed(picture: Picture, fault: imaging.Fault) -> None:
    _end(picture, state=State.FAILED, fault=fault)


def _end(picture: Picture, **values: object) -> None:
    waiting = Picture.objects.filter(pk=picture.pk, state=State.WAITING)
    if waiting.update(due_at=None, **values):
        remove_upload(picture)
    elif not Picture.objects.filter(pk=picture.pk).exists():
        remove_files(picture)  # it went while we wrote them


def _put_off(picture: Picture) -> None:
    """Try again later, without counting the claim: this was no crash."""
    age = timezone.now() - picture.created_at
    if age > HORIZON:
        _failed(picture, imaging.Fault.OURS)
        return
    pause = min(max(age / 10, SHORTEST_PAUSE), LONGEST_PAUSE)
    Picture.objects.filter(pk=picture.pk, state=State.WAITING).update(claims=F("claims") - 1, due_at=Now() + pause)
