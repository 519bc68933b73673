"""Exports of a person's data, and imports of the people they follow, block and mute and the posts they bookmarked."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Export(models.Model):
    """An archive of all that a person has here, made by workers in parts.

    running → ready, or failed, or removed by its person; ready → removed, by its person or when its time is over
    A worker holds it until `due_at`; each claim has a number, and a worker whose claim is no longer the last one stores
    nothing more. Of removed and failed ones the files go, and a day later the row.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        REMOVED = "removed", _("removed")

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("admin", "person"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    state = models.CharField(pgettext_lazy("admin", "state"), max_length=10, choices=State, default=State.RUNNING)
    # What is written of the archive so far (exports.Place).
    place = models.JSONField(pgettext_lazy("admin", "place"), default=dict, editable=False)
    total = models.BigIntegerField(pgettext_lazy("admin", "total"), default=0)
    done = models.BigIntegerField(pgettext_lazy("admin", "done"), default=0)
    size = models.BigIntegerField(pgettext_lazy("admin", "size"), default=0)
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now())
    due_at = models.DateTimeField(pgettext_lazy("admin", "due at"), null=True, db_default=Now())
    claim = models.IntegerField(pgettext_lazy("admin", "claim"), default=0, editable=False)
    # How often it was claimed since the last part was stored.
    attempts = models.SmallIntegerField(pgettext_lazy("admin", "attempts"), default=0, editable=False)
    finished_at = models.DateTimeField(pgettext_lazy("admin", "finished at"), null=True)
    expires_at = models.DateTimeField(pgettext_lazy("admin", "expires at"), null=True)
    # Whether its person was sent the mail that it is ready.
    is_announced = models.BooleanField(pgettext_lazy("admin", "is announced"), default=False, editable=False)

    class Meta:
        verbose_name = pgettext_lazy("admin", "export")
        verbose_name_plural = pgettext_lazy("admin", "exports")
        constraints = [
            # One export of a person is made at a time.
            models.UniqueConstraint("person", name="one_export_at_a_time", condition=models.Q(state="running")),
        ]
        indexes = [
            # newest_export
            models.Index(fields=["person", "-id"], name="export_of_person"),
            # claim, sweep: those to work on
            models.Index(fields=["due_at"], name="export_due", condition=models.Q(state="running")),
            # tidy
            models.Index(fields=["expires_at"], name="export_expires", condition=models.Q(expires_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"export of {self.person_id}, {self.state}"

    @property
    def percent(self) -> int:
        """How much of it is made; 100 only when it is ready."""
        if self.state == self.State.READY:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0


class ExportPart(models.Model):
    """Some bytes of an archive, as a file of the storage `exports`.

    The row is there before the file, so that each file is known, and has a number only when the file is complete.
    """

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts", db_index=False)
    file = models.CharField(max_length=40, unique=True)
    number = models.IntegerField(null=True)
    size = models.BigIntegerField(default=0)
    # The files of the archive that end in it (archive.Entry), each as a list.
    entries = models.JSONField(default=list)

    class Meta:
        constraints = [
            # The parts of an archive follow one another.
            models.UniqueConstraint("export", "number", name="one_part_per_number"),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.export_id}"


class Outcome(models.TextChoices):
    """What becomes, or became, of a line of an import."""

    TO_ADD = "to_add", _("will be added")
    TO_REMOVE = "to_remove", _("is not in the file")
    STANDS = "stands", _("is there already")
    UNKNOWN = "unknown", _("not known here")
    OWN = "own", _("that is you")
    ADDED = "added", _("added")
    REMOVED = "removed", _("removed")
    REFUSED = "refused", _("not possible")


class Import(models.Model):
    """A file that lists the people somebody follows, blocks or mutes, or the posts they bookmarked, to be imported.

    draft (its owner looks at what it would do) → running → done
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("not begun")
        RUNNING = "running", _("running")
        DONE = "done", _("done")

    class Mode(models.TextChoices):
        MERGE = "merge", _("Add to what you have")
        REPLACE = "replace", _("Replace what you have")

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)  # the code of an ImportKind
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.MERGE)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(null=True)
    claim = models.IntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # One file of a person is looked at or taken in at a time.
            models.UniqueConstraint(
                "person", name="one_import_at_a_time", condition=models.Q(state__in=["draft", "running"])
            ),
        ]
        indexes = [
            # the imports of a person, newest first
            models.Index(fields=["person", "-id"], name="import_of_person"),
            # claim, sweep: those to work on
            models.Index(fields=["due_at"], name="import_due", condition=models.Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}, {self.state}"


class ImportLine(models.Model):
    """A line of the file, or something that the file does not have and that goes if it replaces all."""

    whole = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="lines", db_index=False)
    text = models.CharField(max_length=200)
    # The id of the person or the post; null when it is not known here.
    target = models.BigIntegerField(null=True)
    options = models.JSONField(default=dict)
    outcome = models.CharField(max_length=10, choices=Outcome)
    # Why it was not possible, in the words for its owner.
    reason = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            # lines_of, and those that are left to do
            models.Index(fields=["whole", "outcome", "id"], name="import_lines"),
        ]

    def __str__(self) -> str:
        return f"{self.text}: {self.outcome}"
