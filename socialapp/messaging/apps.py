"""The outbox: each message is a row that is stored in the transaction of its cause, and handled exactly once."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class MessagingConfig(AppConfig):
    name = "socialapp.messaging"
    verbose_name = pgettext_lazy("admin", "Messaging")
