"""What people do with exports: request one, cancel it, remove it; and what becomes of those whose time is over."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from socialapp.media.files import AtomicFileSystemStorage
from socialapp.messaging import dispatch
from socialapp.takeout.files import exports
from socialapp.takeout.models import Export, ExportPart
from socialapp.takeout.queries import newest_export
from socialapp.takeout.sections import all_sections
from socialapp.users.models import Person
from socialapp.users.operations import lock_person

QUEUE = "takeout"
# One export a day.
PAUSE = timedelta(days=1)
State = Export.State


@transaction.atomic
def request_export(*, person: Person) -> Export:
    """Have workers make an archive of all that a person has here: one at a time, and one a day.

    Raises ValidationError.
    """
    lock_person(person.pk)
    earlier = newest_export(person.pk)
    if earlier and earlier.state == State.RUNNING:
        raise ValidationError(_("An export is being made already."))
    if earlier and earlier.state != State.FAILED and (next_at := earlier.created_at + PAUSE) > timezone.now():
        at = date_format(timezone.localtime(next_at), "DATETIME_FORMAT")
        raise ValidationError(_("You can request one export a day. The next one from %(at)s on.") % {"at": at})
    total = sum(section.count(person) for section in all_sections().values())
    export = Export.objects.create(person=person, total=total)
    transaction.on_commit(lambda: dispatch.wake_workers(QUEUE))
    return export


def remove_export(*, person: Person, export_id: int) -> None:
    """Cancel an export that is being made, or remove one that is ready. Raises Export.DoesNotExist."""
    if not _remove(Export.objects.filter(pk=export_id, person=person)):
        raise Export.DoesNotExist(f"You have no export {export_id}.")


def remove_exports_of(person_id: int) -> None:
    """Remove the exports of somebody who deleted their account."""
    _remove(Export.objects.filter(person_id=person_id))


def lost(export: Export) -> None:
    """Note that the files of an export are gone, as from a site that was restored; another one may be requested."""
    Export.objects.filter(pk=export.pk, state=State.READY).update(state=State.FAILED)


def _remove(exports_: QuerySet[Export]) -> int:
    """End the download of these; `tidy` removes the files, once no worker is making one."""
    return exports_.filter(state__in=[State.RUNNING, State.READY]).update(state=State.REMOVED, expires_at=Now())


def tidy() -> None:
    """Remove the files of exports that can no longer be downloaded, and a day later the exports themselves."""
    Export.objects.filter(state=State.READY, expires_at__lte=Now()).update(state=State.REMOVED)
    at_rest = Q(due_at=None) | Q(due_at__lte=Now())
    ended = Export.objects.filter(at_rest, state__in=[State.FAILED, State.REMOVED])
    for part in ExportPart.objects.filter(export__in=ended).order_by("pk").iterator():
        # The file first, so that none is without its row.
        exports().delete(part.file)
        part.delete()
    if isinstance(storage := exports(), AtomicFileSystemStorage):
        storage.remove_drafts()
    ended.filter(created_at__lt=Now() - PAUSE, parts=None).delete()
