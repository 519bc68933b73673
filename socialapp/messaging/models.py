"""The outbox: messages that are published and not yet handled."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

# Fixed for ever: rows carry their shard, and two consumers with different numbers would break the order.
SHARDS = 64


class OutboxMessage(models.Model):
    """A message, from the commit of its cause to the commit of its effect.

    waiting → (handled: the row is deleted, in the transaction of the effect) waiting → rescheduled, with `retry_at`,
    when its handler failed rescheduled → dead letter, with its traceback, after too many failures → waiting, by an
    admin
    """

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    shard = models.SmallIntegerField(pgettext_lazy("admin", "shard"))
    name = models.TextField(pgettext_lazy("admin", "name"))
    body = models.JSONField(pgettext_lazy("admin", "body"))
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now())
    attempts = models.SmallIntegerField(pgettext_lazy("admin", "attempts"), db_default=0, default=0)
    retry_at = models.DateTimeField(pgettext_lazy("admin", "retry at"), null=True, blank=True)
    dead_lettered_at = models.DateTimeField(pgettext_lazy("admin", "dead lettered at"), null=True, blank=True)
    error = models.TextField(pgettext_lazy("admin", "error"), blank=True, default="", db_default="")
    # Filled when a handler has failed, so that a later message with the same key replaces this one.
    key = models.TextField(pgettext_lazy("admin", "key"), blank=True, default="", db_default="")

    class Meta:
        verbose_name_plural = pgettext_lazy("admin", "messages")
        db_table = "messaging_outbox"
        verbose_name = pgettext_lazy("admin", "message")
        indexes = [
            # consumer: a shard's waiting messages in order
            models.Index(fields=["shard", "id"], name="outbox_waiting", condition=models.Q(dead_lettered_at=None)),
            # consumer: an earlier message that a later one replaces
            models.Index(fields=["key"], name="outbox_failed_key", condition=models.Q(attempts__gt=0)),
            # admin: dead letters
            models.Index(
                fields=["dead_lettered_at"],
                name="outbox_dead_letters",
                condition=models.Q(dead_lettered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"
