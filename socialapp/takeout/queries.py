"""Exports of people."""

from django.db.models import QuerySet

from socialapp.takeout.models import Export, ExportPart


def newest_export(person_id: int) -> Export | None:
    """The export that a person requested last, whatever became of it."""
    return Export.objects.filter(person_id=person_id).order_by("-pk").first()


def parts_of(export: Export) -> QuerySet[ExportPart]:
    """The parts of its archive, in order."""
    return export.parts.filter(number__isnull=False).order_by("number")
