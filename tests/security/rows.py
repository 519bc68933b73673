"""What the database holds, to see that an attack changed nothing of it."""

from typing import Any

from django.apps import apps
from django.db import connection

APPS = (
    "users", "account", "mfa", "signup", "follows", "filters", "posts", "reactions", "bookmarks", "media", "moderation",
    "notifications",
)  # fmt: skip

# That a token was used, and the id of a session, are no harm.
OWN_TRACES = {"last_used_on", "last_login"}


def all_rows() -> dict[str, list[Any]]:
    """Each row of each table of ours, by the name of its model."""
    models = [model for name in APPS for model in apps.get_app_config(name).get_models()]
    with connection.cursor() as cursor:  # most tables are empty, which one statement finds out
        cursor.execute("SELECT " + ", ".join(f'EXISTS (SELECT FROM "{model._meta.db_table}")' for model in models))
        has_rows = cursor.fetchone()
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in OWN_TRACES}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model, has in zip(models, has_rows, strict=True)
        if has
    }
