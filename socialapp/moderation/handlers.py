"""What moderation does when a message arrives."""

from collections.abc import Sequence

from socialapp.messaging.messages import AccountDeleted
from socialapp.moderation.operations.retention import forget


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """Delete the person's notices, and what they wrote in reports and appeals that are decided."""
    for message in messages:
        forget(message.person_id)
