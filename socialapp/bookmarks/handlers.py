"""What bookmarks do when they hear something."""

from collections.abc import Sequence

from socialapp.bookmarks import operations
from socialapp.messaging import outbox
from socialapp.messaging.messages import AccountDeleted


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """A share of them goes each time; the message is said again while some are left."""
    for message in messages:
        if operations.remove_bookmarks_of(message.person_id):
            outbox.publish(message)
