"""What reactions do when they hear something."""

from collections.abc import Sequence

from reactions import operations
from socialapp.messaging import outbox
from socialapp.messaging.messages import AccountDeleted, PersonSuspended, PersonUnsuspended


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """A share of the reactions goes each time; the message is said again while some are left."""
    for message in messages:
        if operations.remove_reactions_of(message.person_id):
            outbox.publish(message)


def on_suspensions(messages: Sequence[PersonSuspended | PersonUnsuspended]) -> None:
    """A share of the reactions is settled each time; the message is said again while some are left."""
    for message in messages:
        if operations.settle_reactions_of(message.person_id):
            outbox.publish(message)
