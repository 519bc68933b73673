"""Posts and their history."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class PostsConfig(AppConfig):
    name = "socialapp.posts"
    verbose_name = pgettext_lazy("admin", "Posts")
