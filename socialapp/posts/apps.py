"""Posts and their history."""

from django.apps import AppConfig


class PostsConfig(AppConfig):
    name = "socialapp.posts"
