"""The messaging app: a message is a row, in the transaction of what it tells of."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "socialapp.messaging"
