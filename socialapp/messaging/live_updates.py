"""Notifies the live processes, through Redis, of changed rows. The message is a hint; the rows are the truth.

No request waits for it: the dispatcher's thread sends what was published meanwhile. Live processes look at the rows
themselves every few seconds, which makes up for a message that is lost.
"""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from socialapp.messaging import dispatch

CHANNEL = "socialapp:live"

# (kind, …) of what changed since the last wake-up was sent. Filled by any thread, emptied by the dispatcher's.
_news: set[tuple[Any, ...]] = set()


def publish(
    *,
    people: Collection[int] = (),
    counts: Collection[int] = (),
    posts: Collection[tuple[int, int, datetime]] = (),
) -> None:
    """After commit, announce changed inboxes of `people`, changed counts of the posts `counts`, and new `posts`.

    Each new post is (post id, author id, when). Returns at once and cannot fail.
    """
    news: set[tuple[Any, ...]] = {("people", person_id) for person_id in people}
    news |= {("counts", post_id) for post_id in counts}
    news |= {("posts", post_id, author_id, round(at.timestamp() * 1_000_000)) for post_id, author_id, at in posts}
    if news:
        transaction.on_commit(lambda: _add(news))


def _add(news: set[tuple[Any, ...]]) -> None:
    _news.update(news)
    dispatch.call_soon(_send)


def _send() -> None:
    """Send all since the last call as one message: {"people": [id], "counts": [id], "posts": [[id, author, µs]]}."""
    body: dict[str, list[Any]] = {"people": [], "counts": [], "posts": []}
    while _news:
        kind, *values = _news.pop()
        body[kind].append(values if kind == "posts" else values[0])
    if any(body.values()):
        dispatch.redis_client().publish(CHANNEL, json.dumps(body, separators=(",", ":")))
