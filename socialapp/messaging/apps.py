"""The messaging app: a message is a row, in the transaction of what it tells of."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class MessagingConfig(AppConfig):
    name = "socialapp.messaging"
    verbose_name = pgettext_lazy("admin", "Messaging")
