"""What posts do when a message arrives."""

from collections.abc import Sequence

from socialapp.messaging import outbox
from socialapp.messaging.messages import AccountDeleted, PersonSuspended, PersonUnsuspended
from socialapp.posts import operations
from socialapp.posts.galleries import withhold_pictures_of


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """Remove a batch of the person's posts, and publish the message again while more are left."""
    for message in messages:
        if operations.purge_posts_of(message.person_id):
            outbox.publish(message)


def on_suspensions(messages: Sequence[PersonSuspended | PersonUnsuspended]) -> None:
    """Withhold a batch of the person's pictures, or give them back; publish the message again while more are left."""
    for message in messages:
        if withhold_pictures_of(message.person_id):
            outbox.publish(message)
