"""The composition root as an app: its templates override slots, its commands span apps."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    name = "config"


class Admin(AdminConfig):
    default_site = "config.admin.Site"
