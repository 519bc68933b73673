"""What an export of somebody's data has of their likes and shares."""

from collections.abc import Iterator
from typing import Any

from reactions.models import Like, Share
from socialapp.takeout.activities import PUBLIC, activity, actor_url, post_url
from socialapp.takeout.contents import batch, collection
from socialapp.takeout.sections import Form, Section
from socialapp.users.models import Person


def _shares(person: Person, after: int | None) -> Iterator[tuple[int, dict[str, Any]]]:
    actor = actor_url(person.username)
    for share in batch(Share.objects.filter(person=person), after):
        at, what = share.created_at.isoformat(), post_url(share.post_id)
        announced = activity("Announce", id_=f"{actor}#share-{share.pk}", actor=actor, what=what, at=at)
        yield share.pk, announced | {"to": [PUBLIC], "cc": [f"{actor}followers/"]}


# They go on with the file of the posts.
SHARES = Section("outbox.json", Form.COLLECTION, _shares, lambda person: Share.objects.filter(person=person).count())
LIKES = collection("likes.json", lambda person: Like.objects.filter(person=person), lambda like: post_url(like.post_id))
