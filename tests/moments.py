"""Rows of another time: their ids are of that time, too."""

from datetime import datetime

from django.db import connection

from socialapp.posts.models import Post
from socialapp.users.models import Person


def id_of(at: datetime) -> int:
    """A new id, as a post or a share that was made then has one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT next_item_id(%s)", [at])
        return int(cursor.fetchone()[0])


def post_at(at: datetime, author: Person, body: str = "Hello") -> Post:
    """A post of that time."""
    return Post.objects.create(id=id_of(at), author=author, body=body, created_at=at)
