"""What filters do when a message arrives."""

from collections.abc import Sequence

from socialapp.filters import operations
from socialapp.messaging.messages import AccountDeleted


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """Remove the person's filters."""
    for message in messages:
        operations.forget_words_of(message.person_id)
