"""What notifications do when they hear something: one call, for a whole batch of messages."""

from collections.abc import Iterable, Sequence

from notifications import operations
from notifications.models import Kind
from notifications.operations import Deed
from socialapp.messaging import outbox
from socialapp.messaging.messages import (
    AccountDeleted,
    PersonFollowed,
    PersonUnfollowed,
    ReactionAdded,
    ReactionRemoved,
)


def on_reactions(messages: Sequence[ReactionAdded]) -> None:
    """Those reacted to are told."""
    operations.notify(list(_deeds(messages)))


def on_reactions_removed(messages: Sequence[ReactionRemoved]) -> None:
    """What they were told is put right."""
    operations.retract(list(_deeds(messages)))


def on_follows(messages: Sequence[PersonFollowed]) -> None:
    """Those followed are told."""
    operations.notify(list(_deeds(messages)))


def on_follows_removed(messages: Sequence[PersonUnfollowed]) -> None:
    """What they were told is put right."""
    operations.retract(list(_deeds(messages)))


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """A share of the inbox goes each time; the message is said again while some is left."""
    for message in messages:
        if operations.remove_inbox_of(message.person_id):
            outbox.publish(message)


def _deeds(
    messages: Iterable[ReactionAdded | ReactionRemoved | PersonFollowed | PersonUnfollowed],
) -> Iterable[Deed]:
    for message in messages:
        if isinstance(message, PersonFollowed | PersonUnfollowed):
            yield Deed(message.recipient_id, Kind.FOLLOW, None, message.actor_id, 0, message.at)
        else:
            yield Deed(
                message.recipient_id, message.kind, message.post_id, message.actor_id, message.comment_id, message.at
            )
