"""Renders a batch of deliveries as one message, from what the inbox shows at this moment."""

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from notifications.channels.base import MessageItem, OutgoingMessage
from notifications.deliveries.lease import Batch
from notifications.deliveries.recheck import CheckedDelivery
from notifications.inbox.queries import Entry, entries_of
from notifications.inbox.quotes import Span
from notifications.inbox.sentences import page_of, sentence
from notifications.models import Delivery, EndpointNotice, Kind
from notifications.preferences.unsubscribe import unsubscribe_url
from socialapp.users.languages import language_of
from socialapp.users.models import Person


def render(batch: Batch, checked: Sequence[CheckedDelivery]) -> OutgoingMessage:
    """Render a batch in the recipient's language, each item with its newest comment; nine queries."""
    first = checked[0]
    recipient = Person.objects.get(pk=first.recipient_id)
    posts = [row.post_id for row in checked if row.kind == Kind.POST and row.post_id]
    spans = _spans(checked)
    read = [*(f"n{group_id}" for group_id in spans), *(f"p{post_id}" for post_id in posts)]
    readers = dict.fromkeys(read, recipient.pk)
    entries = entries_of(list(spans), posts, recipient_id=recipient.pk, spans=spans, readers=readers)
    # A warning is what one must see: it names the mail.
    checked = sorted(checked, key=lambda row: row.kind != EndpointNotice.WARNING)
    with translation.override(language_of(recipient)):
        items = [_item(row, entries.get(_entry_id(row)), recipient) for row in checked]
    kinds = sorted({row.kind for row in checked if row.kind in Kind})
    return OutgoingMessage(
        id=batch.id,
        era=first.era,
        request_id=first.request_id,
        person_id=recipient.pk,
        greeting=recipient.display_name,
        language=language_of(recipient),
        address=first.address,
        keys=first.keys,
        items=items,
        ttl=min(row.ttl for row in checked),
        # There is nothing to unsubscribe from in a test or a warning.
        unsubscribe={kind: unsubscribe_url(recipient.pk, [kind]) for kind in kinds}
        | ({"": unsubscribe_url(recipient.pk, kinds)} if kinds else {}),
    )


def _spans(checked: Sequence[CheckedDelivery]) -> dict[int, Span]:
    """Return which members of each group these deliveries cover."""
    found: dict[int, Span] = {}
    covered = Delivery.objects.filter(pk__in=[row.id for row in checked], group__isnull=False)
    for group_id, first, last in covered.values_list("group_id", "first_member", "last_member"):
        known = found.get(group_id, (first, last))
        found[group_id] = min(known[0], first), max(known[1], last)
    return found


def _entry_id(checked: CheckedDelivery) -> str:
    return f"n{checked.group_id}" if checked.group_id else f"p{checked.post_id}"


def _item(checked: CheckedDelivery, entry: Entry | None, recipient: Person) -> MessageItem:
    if entry is None:
        if checked.kind in Kind:  # gone since the check, which says so the next time
            raise LookupError(f"What delivery {checked.id} is about is gone.")
        is_warning = checked.kind == EndpointNotice.WARNING
        return MessageItem(
            delivery_id=checked.id,
            kind=checked.kind,
            tag=f"{checked.kind}-{checked.endpoint_id}",
            title=checked.text if is_warning else _("A test from socialapp"),
            excerpt="" if is_warning else _("It works: this is what a notification looks like."),
            url=f"{settings.PUBLIC_URL}{reverse('notifications:preferences')}",
            at=checked.accepted_at,
            data={"text": checked.text},
        )
    url = settings.PUBLIC_URL + page_of(entry, recipient)
    return MessageItem(
        delivery_id=checked.id,
        kind=entry.kind,
        tag=entry.id,
        title=sentence(entry),
        excerpt=entry.excerpt,
        url=url,
        at=entry.at,
        data={
            "id": entry.id,
            "kind": entry.kind,
            "post": entry.post.pk if entry.post else None,
            "count": entry.count,
            "times": entry.times,
            "people": [{"username": person.username, "name": person.plain_name} for person in entry.people],
            "comment": entry.reply_id,
            "excerpt": entry.excerpt,
            "at": entry.at.isoformat(),
            "text": _for_programs(entry),
            "url": url,
        },
    )


def _for_programs(entry: Entry) -> str:
    """Use the language of the API's documentation for webhooks, whatever language their owner chose."""
    with translation.override(settings.LANGUAGE_CODE):
        return sentence(entry)
