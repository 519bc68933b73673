"""Upload pictures, keep those that are used, and release those that are not."""

import logging
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore
from typing import IO, Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from socialapp.limits import operations as limits
from socialapp.media import imaging
from socialapp.media.files import move, name_of, uploads
from socialapp.media.models import SIZES, Kind, Picture, State
from socialapp.messaging import dispatch

logger = logging.getLogger(__name__)

QUEUE = "pictures"
# For pictures that take long, so that no others wait for them.
HEAVY_QUEUE = "heavy-pictures"
# More work than so many plain pixels takes more than half a second.
MOST_LIGHT = 24_000_000
MEGABYTE = 1024 * 1024
MOST_BYTES = 10 * MEGABYTE
# The most unused pictures that one person can have; they are removed a day later.
MOST_UNUSED = 60
# A heavy one counts as so many.
HEAVY_COUNTS = 10
UNUSED_LIFETIME = timedelta(days=1)
MOVED_AT_ONCE = 100
# No worker claims a picture before its upload is complete; after this time it was cut off.
UPLOAD_TIME = timedelta(minutes=1)

# An avatar is made while its owner waits, and decoding may take 200 MB: one at a time in each process.
_one_avatar = BoundedSemaphore()
# That one and one that waits: more would hold threads that pages need.
_in_line = BoundedSemaphore(2)


def upload(*, owner_id: int, file: IO[Any]) -> Picture:
    """Store a picture for a post, which a worker then prepares. It is removed in a day unless it is kept.

    Raises ValidationError for what is no picture, too large, or one too many; LimitExceeded.
    """
    limits.check("uploads", owner_id)
    data = _read(file)
    try:
        width, height = imaging.look(data)
        heavy = imaging.work(data) > MOST_LIGHT
    except imaging.Unusable as error:
        raise ValidationError(error.fault.label, code=error.fault) from error
    with transaction.atomic():
        # Its owner's other uploads wait to count until this one is there to be counted.
        get_user_model().objects.select_for_update(no_key=True).only("pk").get(pk=owner_id, deleted_at=None)
        unused = list(
            Picture.objects.filter(owner_id=owner_id, held=False, expires_at__isnull=False).values_list(
                "heavy", flat=True
            )
        )
        if len(unused) >= MOST_UNUSED:
            raise ValidationError(
                _("You have %(count)d pictures that are in no post. Post some, or wait a day.") % {"count": MOST_UNUSED}
            )
        if sum(HEAVY_COUNTS if each else 1 for each in [*unused, heavy]) > MOST_UNUSED:
            raise ValidationError(
                _("You have several very large pictures that are in no post. Post some, or wait a day.")
            )
        picture = _new(owner_id, Kind.POST, State.WAITING, width, height, heavy=heavy)
    with _storing(picture):
        uploads().save(picture.token, ContentFile(data))
    Picture.objects.filter(pk=picture.pk).update(due_at=Now())
    limits.count("uploads", owner_id)
    transaction.on_commit(lambda: dispatch.wake_workers(HEAVY_QUEUE if heavy else QUEUE))
    return picture


def make_avatar(*, owner_id: int, file: IO[Any]) -> Picture:
    """Make an avatar, ready to be shown. It is removed in a day unless it is kept.

    Raises ValidationError, LimitExceeded.
    """
    limits.check("uploads", owner_id)
    data = _read(file)
    try:
        if imaging.work(data) > MOST_LIGHT:
            raise ValidationError(_("This picture is too large. Send one with fewer pixels."), code="too large")
        with _turn():
            made = imaging.squares(data, SIZES[Kind.AVATAR])
    except imaging.Unusable as error:
        raise ValidationError(error.fault.label, code=error.fault) from error
    picture = _new(owner_id, Kind.AVATAR, State.READY, made.width, made.height)
    limits.count("uploads", owner_id)
    with _storing(picture):
        for size, content in made.files.items():
            default_storage.save(name_of(picture.token, size), ContentFile(content))
    return picture


def keep(*, owner_id: int, kind: Kind, ids: Collection[int]) -> None:
    """Keep pictures that are used now, in the current transaction. Raises ValidationError unless all can be used."""
    unused = Picture.objects.filter(owner_id=owner_id, kind=kind, expires_at__gt=Now(), pk__in=ids)
    if unused.exclude(state=State.FAILED).update(expires_at=None) != len(set(ids)):
        if failed := unused.filter(state=State.FAILED).first():
            raise ValidationError({"pictures": [failed.get_fault_display()]})
        raise ValidationError({"pictures": [_("A picture is gone, or is in a post already. Add it again.")]})


def release(ids: Collection[int]) -> None:
    """Release pictures that nothing uses any more: their files are removed within minutes, or moved aside if held."""
    _expire(Picture.objects.filter(pk__in=ids))


def hold(ids: Collection[int]) -> None:
    """Keep the files of these pictures until `let_go`, whatever becomes of what they stand in."""
    Picture.objects.filter(pk__in=ids).update(held=True)


def let_go(ids: Collection[int]) -> None:
    """End `hold`: pictures that were released meanwhile are removed within minutes."""
    Picture.objects.filter(pk__in=ids).update(held=False)


def _expire(pictures: QuerySet[Picture]) -> None:
    pictures.update(expires_at=Now(), withheld=Case(When(held=True, then=True), default="withheld"))


def discard(*, owner_id: int, ids: Collection[int]) -> None:
    """Release those pictures of an owner that were never used; others stay."""
    Picture.objects.filter(owner_id=owner_id, pk__in=ids, expires_at__isnull=False).update(expires_at=Now())


def release_avatar(*, owner_id: int, token: str) -> None:
    """Release the avatar with this token."""
    _expire(Picture.objects.filter(owner_id=owner_id, kind=Kind.AVATAR, token=token))


def release_all_of(owner_id: int) -> None:
    """Release all pictures of an owner."""
    _expire(Picture.objects.filter(owner_id=owner_id))


def put_in_place(ids: Collection[int] | None = None) -> int:
    """Move files of pictures aside or back, as the pictures are withheld or not. Returns how many pictures.

    Considers the pictures with these `ids`; without `ids`, a batch of any pictures.
    """
    astray = Picture.objects.filter(~Q(withheld=F("is_aside")), state=State.READY).order_by("pk")
    if ids is not None:
        astray = astray.filter(pk__in=ids)
    with transaction.atomic():
        pictures = list(astray.select_for_update(skip_locked=True)[:MOVED_AT_ONCE])
        for picture in pictures:
            places = (default_storage, uploads()) if picture.withheld else (uploads(), default_storage)
            for size in SIZES[picture.kind]:
                move(name_of(picture.token, size), *places)
            Picture.objects.filter(pk=picture.pk).update(is_aside=picture.withheld)
    return len(pictures)


def put_in_place_after_commit(ids: Collection[int]) -> None:
    """Move the files of a few pictures right after commit. What the storage refuses is left to `cleanup`."""

    def put() -> None:
        try:
            put_in_place(ids)
        except OSError:
            logger.exception("Files of pictures could not be moved now.")

    transaction.on_commit(put)


def _read(file: IO[Any]) -> bytes:
    data: bytes = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValidationError(
            _("This picture is larger than %(count)d MB. Send a smaller one.") % {"count": MOST_BYTES // MEGABYTE},
            code="too large",
        )
    return data


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for the one place to make an avatar. Raises ValidationError when too many wait."""
    if not _in_line.acquire(blocking=False):
        raise ValidationError(_("Many pictures are being made just now. Try again in a minute."), code="busy")
    try:
        with _one_avatar:
            yield
    finally:
        _in_line.release()


def _new(owner_id: int, kind: Kind, state: State, width: int, height: int, *, heavy: bool = False) -> Picture:
    """Make the row before the files: if the process dies in between, they are known, and removed when they expire."""
    return Picture.objects.create(
        owner_id=owner_id,
        kind=kind,
        state=state,
        token=secrets.token_hex(16),
        width=width,
        height=height,
        heavy=heavy,
        has_upload=state == State.WAITING,
        due_at=Now() + UPLOAD_TIME if state == State.WAITING else None,
        expires_at=Now() + UNUSED_LIFETIME,
    )


@contextmanager
def _storing(picture: Picture) -> Iterator[None]:
    """Turn a storage's refusal into a ValidationError that asks to try again, and release the picture."""
    try:
        yield
    except OSError as error:
        logger.exception("A picture could not be stored.")
        release([picture.pk])
        raise ValidationError(_("The picture could not be stored just now. Try again in a minute.")) from error
