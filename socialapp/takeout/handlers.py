"""What exports do when a message arrives."""

from collections.abc import Sequence

from socialapp.messaging.messages import AccountDeleted
from socialapp.takeout import imports, operations


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """Remove the person's exports and imports."""
    for message in messages:
        operations.remove_exports_of(message.person_id)
        imports.remove_imports_of(message.person_id)
