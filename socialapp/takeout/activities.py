"""Posts and what people did with them, as ActivityStreams (W3C, 2017) and Mastodon write them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape, linebreaks

from socialapp.media.files import CONTENT_TYPE
from socialapp.media.models import Picture
from socialapp.posts.models import Mention, Post, PostPicture, PostTag, PostVersion
from socialapp.users.models import Person
from socialapp.visibility import Visibility

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def actor_url(username: str) -> str:
    """The address of a person's page, which is also their id."""
    return settings.PUBLIC_URL + reverse("feeds:profile", args=[username])


def post_url(post_id: int) -> str:
    """The address of a post's page, which is also its id."""
    return settings.PUBLIC_URL + reverse("posts:post", args=[post_id])


def file_of(picture: Picture) -> str:
    """The name of a picture's file in the archive."""
    return f"media_attachments/{picture.token}.webp"


def activity(kind: str, *, id_: str, actor: str, what: Any, at: str) -> dict[str, Any]:
    """An activity: who did what to which thing, when."""
    return {"id": id_, "type": kind, "actor": actor, "published": at, "object": what}


def created(person: Person, posts: Sequence[Post]) -> list[dict[str, Any]]:
    """That a person wrote these posts, in their order. A fixed number of queries."""
    ids = [post.pk for post in posts]
    pictures = _by_post(PostPicture.objects.filter(post__in=ids).select_related("picture").order_by("position"))
    tags = _by_post(PostTag.objects.filter(post__in=ids).order_by("pk"))
    mentions = _by_post(Mention.objects.filter(post__in=ids).select_related("person").order_by("pk"))
    versions = _by_post(PostVersion.objects.filter(post__in=ids).order_by("pk"))
    actor, found = actor_url(person.username), []
    for post in posts:
        named = [*map(_mention, mentions[post.pk])]
        note = {
            **_note(post, actor),
            **_audience(post.visibility, actor, [each["href"] for each in named]),
            "attachment": [_attachment(row) for row in pictures[post.pk]],
            "tag": [*map(_hashtag, tags[post.pk]), *named],
            "versions": [*map(_version, versions[post.pk])],
        }
        made = activity("Create", id_=f"{note['id']}#create", actor=actor, what=note, at=note["published"])
        found.append(made | {"to": note["to"], "cc": note["cc"]})
    return found


def _by_post(rows: Iterable[Any]) -> defaultdict[int, list[Any]]:
    found = defaultdict(list)
    for row in rows:
        found[row.post_id].append(row)
    return found


def _note(post: Post, actor: str) -> dict[str, Any]:
    url, content = post_url(post.pk), linebreaks(escape(post.body))
    return {
        "id": url,
        "type": "Note",
        "summary": post.warning or None,
        "inReplyTo": post_url(post.reply_to_id) if post.reply_to_id else None,
        "published": post.created_at.isoformat(),
        **({"updated": post.edited_at.isoformat()} if post.edited_at else {}),
        "url": url,
        "attributedTo": actor,
        "sensitive": post.sensitive or bool(post.warning),
        "content": content,
        **({"contentMap": {post.language: content}} if post.language else {}),
        # The text as it was written: `content` is HTML.
        "source": {"content": post.body, "mediaType": "text/plain"},
    }


def _audience(visibility: str, actor: str, named: list[str]) -> dict[str, list[str]]:
    """The audience of a post, as Mastodon writes it."""
    followers = f"{actor}followers/"
    match visibility:
        case Visibility.PUBLIC:
            return {"to": [PUBLIC], "cc": [followers, *named]}
        case Visibility.UNLISTED:
            return {"to": [followers], "cc": [PUBLIC, *named]}
        case Visibility.FOLLOWERS:
            return {"to": [followers], "cc": named}
        case _:
            return {"to": named, "cc": []}


def _version(row: PostVersion) -> dict[str, str]:
    return {"body": row.body, "warning": row.warning, "published": row.created_at.isoformat()}


def _attachment(row: PostPicture) -> dict[str, Any]:
    return {
        "type": "Document",
        "mediaType": CONTENT_TYPE,
        "url": file_of(row.picture),
        "name": row.description or None,
        "width": row.picture.width,
        "height": row.picture.height,
    }


def _hashtag(row: PostTag) -> dict[str, str]:
    href = settings.PUBLIC_URL + reverse("posts:tag", args=[row.name])
    return {"type": "Hashtag", "href": href, "name": f"#{row.name}"}


def _mention(row: Mention) -> dict[str, str]:
    return {"type": "Mention", "href": actor_url(row.person.username), "name": f"@{row.person.username}"}
