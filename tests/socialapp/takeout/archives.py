"""People with much to take along, and what is in their archive."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any
from zipfile import ZipFile

from django.test import Client

from notifications.preferences.mutes import mute_person
from reactions.operations import like, share
from socialapp.bookmarks.operations import save
from socialapp.follows.operations import block, follow
from socialapp.media.operations import upload
from socialapp.media.processing import prepare
from socialapp.posts.galleries import Attachment
from socialapp.posts.models import Post
from socialapp.posts.operations import edit_post, publish_post
from socialapp.takeout import exports
from socialapp.takeout.models import Export
from socialapp.takeout.operations import request_export
from socialapp.users.models import Person
from tests.people import new_person
from tests.socialapp.media import samples

NEVER = float("inf")


def furnish(ada: Person, bob: Person) -> Post:
    """Give Ada something of all that there is. Returns her post with a picture."""
    picture = upload(owner_id=ada.pk, file=samples.upload(samples.photo((600, 400))))
    prepare()
    attachments = [Attachment(picture.pk, "Fog over the #river")]
    post, _ = publish_post(author=ada, body="Hello @bob, <b>fog</b> & #fog", pictures=attachments)
    edit_post(post_id=post.pk, by=ada, body="Hello @bob, <i>fog</i> & #fog")
    theirs, _ = publish_post(author=bob, body="Of Bob")
    for act in (like, share):
        act(post_id=theirs.pk, person_id=ada.pk)
        act(post_id=post.pk, person_id=bob.pk)
    save(person_id=ada.pk, post_id=theirs.pk)
    follow(follower_id=ada.pk, followee_id=bob.pk)
    block(blocker_id=ada.pk, blocked_id=new_person("mallory").pk)
    mute_person(person=ada, muted=new_person("noisy"))
    return post


def made(person: Person) -> Export:
    """An export of a person, made at once."""
    export = request_export(person=person)
    assert exports.work(NEVER) is False
    export.refresh_from_db()
    assert export.state == Export.State.READY
    return export


def downloaded(browser: Client, export: Export) -> ZipFile:
    """The archive, as its owner gets it, who typed the password lately."""
    answer = browser.get(f"/settings/export/{export.pk}/download/", follow=True)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert len(content) == export.size == int(answer.headers["Content-Length"])
    archive = ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    return archive


def items(archive: ZipFile, name: str) -> list[Any]:
    """What a collection has; its number is what it says."""
    found = json.loads(archive.read(name))
    assert found["type"] == "OrderedCollection"
    assert found["totalItems"] == len(found["orderedItems"])
    return list(found["orderedItems"])


def rows(archive: ZipFile, name: str) -> list[list[str]]:
    """The lines of a table."""
    lines: Iterable[str] = io.StringIO(archive.read(name).decode(), newline="")
    return list(csv.reader(lines))
