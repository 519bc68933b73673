"""The pages about the site: privacy, terms, contact and accessibility."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class AboutConfig(AppConfig):
    name = "socialapp.about"
    verbose_name = pgettext_lazy("admin", "Pages about the site")
