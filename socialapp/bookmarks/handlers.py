"""What bookmarks do when a message arrives."""

from collections.abc import Sequence

from socialapp.bookmarks import operations
from socialapp.messaging import outbox
from socialapp.messaging.messages import AccountDeleted


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """Remove a batch of the person's bookmarks, and publish the message again while more are left."""
    for message in messages:
        if operations.remove_bookmarks_of(message.person_id):
            outbox.publish(message)
