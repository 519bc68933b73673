"""Words that people have muted, and whether texts have them."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class FiltersConfig(AppConfig):
    name = "socialapp.filters"
    verbose_name = pgettext_lazy("admin", "Filters")
