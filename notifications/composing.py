"""What is said: notices for a channel, made of what the inbox shows at this moment."""

from collections.abc import Sequence

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from notifications.asking import Asked
from notifications.channels.base import Notice, Outgoing
from notifications.claiming import Bundle
from notifications.models import Kind, Member
from notifications.queries import Entry, entries_of
from notifications.wording import sentence
from socialapp.users.languages import language_of
from socialapp.users.models import Person

EXCERPT = 160
UNSUBSCRIBE_SALT = "notifications.unsubscribe"


def compose(bundle: Bundle, asked: Sequence[Asked]) -> Outgoing:
    """All of a bundle, in the recipient's language; four queries, and one more for each row of mentions."""
    first = asked[0]
    recipient = Person.objects.get(pk=first.recipient_id)
    posts = [row.post_id for row in asked if row.kind == Kind.POST and row.post_id]
    entries = entries_of([row.group_id for row in asked if row.group_id], posts)
    # A warning is what one must see: it names the mail.
    asked = sorted(asked, key=lambda row: row.kind != "warning")
    with translation.override(language_of(recipient)):
        notices = [_notice(row, entries.get(_entry_id(row)), recipient) for row in asked]
    kinds = sorted({row.kind for row in asked if row.kind in Kind})
    return Outgoing(
        id=bundle.id,
        person_id=recipient.pk,
        greeting=recipient.display_name,
        language=language_of(recipient),
        address=first.address,
        keys=first.keys,
        notices=notices,
        ttl=min(row.ttl for row in asked),
        unsubscribe={kind: unsubscribe_url(recipient.pk, [kind]) for kind in kinds}
        | {"": unsubscribe_url(recipient.pk, kinds)},
    )


def unsubscribe_url(person_id: int, kinds: Sequence[str]) -> str:
    """Where mail of these kinds is turned off, without logging in. Does not expire: mails do not either."""
    token = signing.dumps([person_id, *kinds], salt=UNSUBSCRIBE_SALT)
    return settings.PUBLIC_URL + reverse("notifications:unsubscribe", args=[token])


def _entry_id(asked: Asked) -> str:
    return f"n{asked.group_id}" if asked.group_id else f"p{asked.post_id}"


def _notice(asked: Asked, entry: Entry | None, recipient: Person) -> Notice:
    if entry is None:
        return Notice(
            delivery_id=asked.id,
            kind=asked.kind,
            tag=f"{asked.kind}-{asked.endpoint_id}",
            title=asked.text if asked.kind == "warning" else _("A test from socialapp"),
            excerpt="" if asked.kind == "warning" else _("It works: this is what a notification looks like."),
            url=f"{settings.PUBLIC_URL}{reverse('notifications:delivery_settings')}",
            at=asked.accepted_at,
            data={"text": asked.text},
        )
    url = settings.PUBLIC_URL + page_of(entry, recipient)
    return Notice(
        delivery_id=asked.id,
        kind=entry.kind,
        tag=entry.id,
        title=sentence(entry),
        excerpt=Truncator(entry.post.body if entry.post else "").chars(EXCERPT),
        url=url,
        at=entry.at,
        data={
            "id": entry.id,
            "kind": entry.kind,
            "post": entry.post.pk if entry.post else None,
            "count": entry.count,
            "people": [{"username": person.username, "name": person.display_name} for person in entry.people],
            "at": entry.at.isoformat(),
            "text": _for_programs(entry),
            "url": url,
        },
    )


def _for_programs(entry: Entry) -> str:
    """What webhooks carry speaks the language of the API's documentation, whatever its owner chose for their eyes."""
    with translation.override(settings.LANGUAGE_CODE):
        return sentence(entry)


def page_of(entry: Entry, recipient: Person) -> str:
    """The page that an entry tells of."""
    if entry.post:
        below = entry.kind in {Kind.COMMENT, Kind.REPLY} or (entry.kind == Kind.MENTION and _is_in_a_comment(entry))
        place = "#comments" if below else ""
        return reverse("posts:post", args=[entry.post.pk]) + place
    if entry.count == 1 and entry.people:
        return reverse("feeds:profile", args=[entry.people[0].username])
    return reverse("follows:followers", args=[recipient.username])


def _is_in_a_comment(entry: Entry) -> bool:
    """The newest mention that an entry tells of."""
    newest = Member.objects.filter(group_id=int(entry.id[1:]), active=True).order_by("-at", "-id")
    return bool(newest.values_list("comment_id", flat=True).first())
