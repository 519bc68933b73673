"""What reactions do when a message arrives."""

from collections.abc import Sequence

from reactions import operations
from socialapp.messaging import outbox
from socialapp.messaging.messages import AccountDeleted, PersonSuspended, PersonUnsuspended


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """Remove a batch of the person's reactions, and publish the message again while more are left."""
    for message in messages:
        if operations.remove_reactions_of(message.person_id):
            outbox.publish(message)


def on_suspensions(messages: Sequence[PersonSuspended | PersonUnsuspended]) -> None:
    """Settle a batch of the person's reactions, and publish the message again while more are left."""
    for message in messages:
        if operations.settle_reactions_of(message.person_id):
            outbox.publish(message)
