"""What it costs does not grow with what is there: which indexes the statements use, where one person has nearly all."""

import re
from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import now

from notifications.inbox.sql import join, leave, reading
from notifications.inbox.unread_counts import unread_count
from socialapp.posts.models import Post
from socialapp.users.models import Person

pytestmark = pytest.mark.django_db


def plan_of(statement: str, values: dict[str, Any]) -> str:
    """As PostgreSQL tells it."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.fixture
def crowded(ada: Person) -> Person:
    """Whose notifications are nearly all that there are, and of which nothing is unread."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO posts_post (author_id, body) SELECT %s, 'x' FROM generate_series(1, 20000)", [ada.pk]
        )
        cursor.execute(
            "INSERT INTO notifications_group (recipient_id, kind, post_id, count, seq, unread_seq) "
            "SELECT author_id, 'like', id, 1, id, id FROM posts_post WHERE body = 'x'"
        )
        cursor.execute(
            "INSERT INTO notifications_readmark (person_id, seq, version) SELECT %s, max(id), 1 FROM posts_post",
            [ada.pk],
        )
        cursor.execute("ANALYZE notifications_group, posts_post")
    return ada


def make_again(index: str) -> None:
    """As REINDEX CONCURRENTLY does, and a restore by several workers: of those that cost the same, the newest wins."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [index])
        ((made,),) = cursor.fetchall()
        cursor.execute(f"DROP INDEX {index}; {made}; ANALYZE notifications_group")


@pytest.mark.parametrize("newest", ["group_inbox", "group_unread", "group_of_post", "one_group_per_kind_and_post"])
def test_a_group_is_found_by_its_post_and_its_recipient_whichever_index_is_the_newest(
    crowded: Person, bob: Person, newest: str
) -> None:
    make_again(newest)
    values = {"recipients": [crowded.pk], "kinds": ["like"], "posts": [Post.objects.latest("pk").pk]}
    values |= {"actors": [bob.pk], "replies": [0], "ats": [now()], "unwanted": [""]}
    for statement in (join.JOIN, leave.LEAVE):
        plan = plan_of(statement, values)
        found = re.findall(
            r"Scan using (?!notifications_group_pkey).* on notifications_group .*\n *Index Cond: (.*)", plan
        )
        assert any("post_id = activity.post_id" in condition for condition in found), plan
        assert all("post_id" in condition and "recipient_id" in condition for condition in found), plan


def test_a_badge_of_nothing_is_not_looked_for_through_the_table(crowded: Person) -> None:
    assert unread_count(crowded.pk) == 0
    plan = plan_of(reading.STATES, {"people": [crowded.pk]})
    assert "group_unread" in plan
    assert "Seq Scan on notifications_group" not in plan
