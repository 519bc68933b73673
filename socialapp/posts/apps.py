"""Posts and replies, with their history, pictures, hashtags and mentions."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class PostsConfig(AppConfig):
    name = "socialapp.posts"
    verbose_name = pgettext_lazy("admin", "Posts")
