"""What follows do when a message arrives."""

from collections.abc import Sequence

from socialapp.follows import follow_requests, moves, operations
from socialapp.messaging import outbox
from socialapp.messaging.messages import AccountDeleted, FollowRequestsAnswered, PersonSuspended, PersonUnsuspended


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """Remove a batch of the person's follows, and publish the message again while more are left."""
    for message in messages:
        moves.forget(message.person_id)
        if operations.remove_follows_of(message.person_id):
            outbox.publish(message)


def on_requests_answered(messages: Sequence[FollowRequestsAnswered]) -> None:
    """Approve or refuse a batch of the requests, and publish the message again while more are left."""
    for message in messages:
        if follow_requests.answer_batch(followee_id=message.person_id, until=message.until, approve=message.approve):
            outbox.publish(message)


def on_suspensions(messages: Sequence[PersonSuspended | PersonUnsuspended]) -> None:
    """Settle a batch of the person's follows, and publish the message again while more are left."""
    for message in messages:
        if operations.settle_follows_of(message.person_id):
            outbox.publish(message)
