"""Remove evidence of cases that were closed long ago."""

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from socialapp.media import operations as media
from socialapp.moderation.models import Appeal, Case, Evidence, EvidencePicture, Notice, Report

BATCH = 100


@transaction.atomic
def purge_evidence() -> int:
    """Remove evidence, and the words of reports and appeals, of a batch of cases closed before settings.KEEP_EVIDENCE.

    What moderators did stays in the log. Returns how many cases.
    """
    due = Case.objects.filter(closed_at__lt=Now() - settings.KEEP_EVIDENCE, is_purged=False).order_by("closed_at")
    ids = [case.pk for case in due.select_for_update(skip_locked=True)[:BATCH]]
    held = EvidencePicture.objects.filter(evidence__case__in=ids)
    pictures = set(held.values_list("picture_id", flat=True))
    still = EvidencePicture.objects.filter(~Q(evidence__case__in=ids), picture__in=pictures)
    pictures -= set(still.values_list("picture_id", flat=True))
    held.delete()
    Evidence.objects.filter(case__in=ids).delete()
    media.let_go(pictures)
    Report.objects.filter(case__in=ids).update(words="")
    Appeal.objects.filter(case__in=ids).update(words="")
    Case.objects.filter(pk__in=ids).update(is_purged=True)
    return len(ids)


def forget(person_id: int) -> None:
    """Remove a person's notices, and their words where the decision is made, after their account was deleted.

    Their open reports and appeals stay as they are, and so does what others reported about them, until its
    retention time is over.
    """
    Notice.objects.filter(person_id=person_id).delete()
    Report.objects.filter(reporter_id=person_id).exclude(state=Report.State.OPEN).update(words="")
    Appeal.objects.filter(action__person_id=person_id).exclude(state=Appeal.State.WAITING).update(words="")
