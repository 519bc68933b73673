"""What posts do when they hear something."""

from collections.abc import Sequence

from socialapp.messaging import outbox
from socialapp.messaging.messages import AccountDeleted
from socialapp.posts import operations


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """A share of the posts goes each time; the message is said again while some are left."""
    for message in messages:
        if operations.purge_posts_of(message.person_id):
            outbox.publish(message)
