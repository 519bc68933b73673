"""Search for posts, people and hashtags. No table of its own: PostgreSQL's indexes on theirs."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "socialapp.search"
