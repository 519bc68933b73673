"""Takes files in: first a look at what would be done, then a job of workers, which is done line by line.

Each line is done, and then noted as done: a worker that dies between the two does it again, which changes nothing.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from socialapp.limits.operations import LimitExceeded
from socialapp.messaging import dispatch
from socialapp.takeout.kinds import ImportKind, all_kinds
from socialapp.takeout.lines import Line, read
from socialapp.takeout.models import Import, ImportLine, Outcome
from socialapp.takeout.operations import QUEUE
from socialapp.users.languages import language_of
from socialapp.users.models import Person
from socialapp.users.operations import lock_person

LEASE = timedelta(minutes=2)
BATCH = 1_000
# How many lines are done before the lease is renewed.
AT_ONCE = 50
MOST_ATTEMPTS = 3
DRAFT_LIFETIME = timedelta(days=1)

State, Mode = Import.State, Import.Mode


@transaction.atomic
def draft_import(*, person: Person, kind: ImportKind, data: bytes) -> Import:
    """Read a file and note what would be done with each line; nothing is done yet. It replaces an earlier draft.

    Raises ValidationError for what is no such file, and while another import runs.
    """
    lines = read(data, kind)
    lock_person(person.pk)
    if Import.objects.filter(person=person, state=State.RUNNING).exists():
        raise ValidationError(_("An import is running. Wait until it is done."))
    Import.objects.filter(person=person, state=State.DRAFT).delete()
    draft = Import.objects.create(person=person, kind=kind.code)
    standing = set(kind.standing(person))
    named: set[int] = set()
    for start in range(0, len(lines), BATCH):
        rows = list(_looked_up(draft, kind, lines[start : start + BATCH], standing, named))
        ImportLine.objects.bulk_create(rows)
    _note_the_rest(draft, kind, sorted(standing - named))
    return draft


def _looked_up(
    draft: Import, kind: ImportKind, lines: Sequence[Line], standing: set[int], named: set[int]
) -> Iterator[ImportLine]:
    """Rows of some lines; the ids of the people or posts they name are added to `named`."""
    found = kind.find(draft.person, [line.text for line in lines])
    for line in lines:
        target = found.get(line.text)
        if target is not None and target in named:
            continue  # the same, written in another way
        if target is not None:
            named.add(target)
        outcome = _outcome(draft, kind, target, standing)
        yield ImportLine(whole=draft, text=line.text, target=target, options=line.options, outcome=outcome)


def _outcome(draft: Import, kind: ImportKind, target: int | None, standing: set[int]) -> Outcome:
    if target is None:
        return Outcome.UNKNOWN
    if kind.is_of_people and target == draft.person_id:
        return Outcome.OWN
    return Outcome.STANDS if target in standing else Outcome.TO_ADD


def _note_the_rest(draft: Import, kind: ImportKind, ids: Sequence[int]) -> None:
    """Note what the file does not have, and what would go if it replaces all."""
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        names = kind.names(some)
        ImportLine.objects.bulk_create(
            ImportLine(whole=draft, text=names[each], target=each, outcome=Outcome.TO_REMOVE)
            for each in some
            if each in names
        )


@transaction.atomic
def begin_import(*, person: Person, import_id: int, mode: Import.Mode) -> Import:
    """Have workers do what a draft shows. Repeated, it changes nothing. Raises Import.DoesNotExist."""
    begun = Import.objects.select_for_update().get(pk=import_id, person=person)
    if begun.state == State.DRAFT:
        Import.objects.filter(pk=begun.pk).update(state=State.RUNNING, mode=mode, due_at=Now(), created_at=Now())
        transaction.on_commit(lambda: dispatch.wake_workers(QUEUE))
    return begun


def discard_draft(*, person: Person, import_id: int) -> None:
    """Throw a draft away. Raises Import.DoesNotExist."""
    if not Import.objects.filter(pk=import_id, person=person, state=State.DRAFT).delete()[0]:
        raise Import.DoesNotExist(f"You have no import {import_id} that has not begun.")


def remove_imports_of(person_id: int) -> None:
    """Forget all files of somebody who deleted their account."""
    Import.objects.filter(person_id=person_id).delete()


def is_due() -> bool:
    """Whether a worker should do lines now."""
    return Import.objects.filter(state=State.RUNNING, due_at__lte=Now()).exists()


def work(until: float) -> bool:
    """Do lines until none is due or the clock (`time.monotonic`) is past `until`. True while there may be more."""
    while held := claim():
        while _do_some(held):
            if time.monotonic() > until:
                _held(held).update(due_at=Now(), attempts=0)
                return True
    return False


@transaction.atomic
def claim() -> Import | None:
    """Lease the import that waits longest to this worker."""
    due = Import.objects.filter(state=State.RUNNING, due_at__lte=Now()).order_by("due_at")
    held = due.select_for_update(skip_locked=True, of=("self",)).select_related("person").first()
    if held is not None:
        held.claim, held.attempts = held.claim + 1, held.attempts + 1
        claimed = {"claim": held.claim, "attempts": held.attempts}
        Import.objects.filter(pk=held.pk).update(due_at=Now() + LEASE, **claimed)
    return held


def to_do(held: Import) -> QuerySet[ImportLine]:
    """The lines that are left."""
    wanted = [Outcome.TO_ADD, *([Outcome.TO_REMOVE] if held.mode == Mode.REPLACE else [])]
    return held.lines.filter(outcome__in=wanted).order_by("pk")


def _do_some(held: Import) -> bool:
    """Do some lines, and renew the lease. False when all are done, another worker has the import, or it has to wait."""
    lines = list(to_do(held)[:AT_ONCE])
    if not lines or not held.person.is_active or held.attempts > MOST_ATTEMPTS:
        _held(held).update(state=State.DONE, finished_at=Now(), due_at=None)
        return False
    kind = all_kinds()[held.kind]
    with translation.override(language_of(held.person)):
        try:
            for line in lines:
                _do(held.person, kind, line)
        except LimitExceeded as error:
            _held(held).update(due_at=Now() + timedelta(seconds=error.wait), attempts=0)
            return False
    return bool(_held(held).update(due_at=Now() + LEASE, attempts=0))


def _do(person: Person, kind: ImportKind, line: ImportLine) -> None:
    target, outcome, reason = line.target or 0, Outcome.ADDED, ""
    try:
        if line.outcome == Outcome.TO_REMOVE:
            kind.remove(person, target)
            outcome = Outcome.REMOVED
        else:
            kind.add(person, target, line.options)
    except LimitExceeded:
        raise  # not the line's fault: it is done later
    except ValidationError as error:
        outcome, reason = Outcome.REFUSED, " ".join(error.messages)
    except PermissionDenied as error:
        outcome, reason = Outcome.REFUSED, str(error)
    except ObjectDoesNotExist:
        outcome, reason = Outcome.REFUSED, _("It is not there any more, or may not be seen.")
    ImportLine.objects.filter(pk=line.pk).update(outcome=outcome, reason=reason)


def _held(held: Import) -> QuerySet[Import]:
    """The import, as long as this claim of it stands."""
    return Import.objects.filter(pk=held.pk, claim=held.claim, state=State.RUNNING)


def tidy() -> None:
    """Forget drafts that were not begun within a day, and results after settings.KEEP_IMPORTS."""
    Import.objects.filter(state=State.DRAFT, created_at__lt=Now() - DRAFT_LIFETIME).delete()
    Import.objects.filter(state=State.DONE, finished_at__lt=Now() - settings.KEEP_IMPORTS).delete()
