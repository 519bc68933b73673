"""What sign-up does when messages arrive."""

from collections.abc import Sequence

from socialapp.messaging.messages import AccountDeleted
from socialapp.signup import operations


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """Forget the people they invited, and who invited them."""
    for message in messages:
        operations.forget(message.person_id)
