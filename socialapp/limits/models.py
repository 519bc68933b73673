"""How much of their limits people and addresses have used: a bucket each that leaks (GCRA, ITU-T I.371)."""

from django.db import models


class Usage(models.Model):
    """How much one person or address did of one kind, as the time at which all of it is available again.

    Each thing done moves that time on by the rate's step. A person or address that is ahead of the clock by the whole
    window has to wait. A row whose time has passed has no effect, and is removed.
    """

    kind = models.TextField()
    # "person 12", or "address 192.0.2.7".
    holder = models.TextField()
    used_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", "holder", name="one_usage_per_kind_and_holder"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.holder}"
