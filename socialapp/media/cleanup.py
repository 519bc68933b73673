"""Periodic work on pictures: wake workers for what waits, and remove files that nothing needs. All may be repeated."""

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from socialapp.media.files import AtomicFileSystemStorage, uploads
from socialapp.media.models import Picture, State
from socialapp.media.operations import HEAVY_QUEUE, QUEUE, put_in_place
from socialapp.media.processing import remove_files, remove_upload
from socialapp.messaging import dispatch

BATCH = 100


def wake_workers_for_what_is_due() -> None:
    """Wake workers for pictures that wait although their wake-up was lost or their worker died."""
    due = Picture.objects.filter(state=State.WAITING, due_at__lte=Now())
    for heavy in due.values_list("heavy", flat=True).distinct():
        dispatch.wake_workers(HEAVY_QUEUE if heavy else QUEUE)


def tidy() -> None:
    """Move files to where they should be, and remove unused pictures, leftover uploads and half-written files."""
    while put_in_place():
        pass
    while remove_unused():
        pass
    for picture in Picture.objects.filter(has_upload=True).exclude(state=State.WAITING)[:BATCH]:
        remove_upload(picture)
    for storage in (default_storage, uploads()):
        if isinstance(storage, AtomicFileSystemStorage):
            storage.remove_drafts()


@transaction.atomic
def remove_unused() -> int:
    """Remove a batch of unused pictures: files first, so that no file is without its row. Returns how many."""
    at_rest = ~Q(state=State.WAITING) | Q(due_at__lte=Now())  # no worker has it in hand
    unused = Picture.objects.filter(at_rest, expires_at__lte=Now(), held=False).order_by("expires_at")
    pictures = list(unused.select_for_update(skip_locked=True)[:BATCH])
    for picture in pictures:
        remove_files(picture)
    # This also deletes the rows that refer to them: their places in posts.
    Picture.objects.filter(pk__in=[picture.pk for picture in pictures]).delete()
    return len(pictures)
