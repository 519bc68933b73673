"""What posts do when they hear something."""

from collections.abc import Sequence

from socialapp.messaging import outbox
from socialapp.messaging.messages import AccountDeleted, PersonSuspended, PersonUnsuspended
from socialapp.posts import operations
from socialapp.posts.galleries import withhold_pictures_of


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """A share of the posts goes each time; the message is said again while some are left."""
    for message in messages:
        if operations.purge_posts_of(message.person_id):
            outbox.publish(message)


def on_suspensions(messages: Sequence[PersonSuspended | PersonUnsuspended]) -> None:
    """Pictures of the suspended are withheld, a share each time; the message is published again while some are left."""
    for message in messages:
        if withhold_pictures_of(message.person_id):
            outbox.publish(message)
