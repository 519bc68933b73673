"""What notifications do when they hear something: one call, for a whole batch of messages."""

from collections.abc import Iterable, Sequence

from notifications import fan_out, operations, visibility
from notifications.models import Kind
from notifications.operations import Deed
from socialapp.messaging import outbox, wakeups
from socialapp.messaging.messages import (
    AccessRevoked,
    AccountDeleted,
    PersonBlocked,
    PersonFollowed,
    PersonSuspended,
    PersonUnfollowed,
    PersonUnsuspended,
    PostPublished,
    ReactionAdded,
    ReactionRemoved,
    VisibilityChanged,
)


def on_reactions(messages: Sequence[ReactionAdded]) -> None:
    """Those reacted to are told."""
    operations.notify(list(_deeds(messages)))
    wakeups.wake(counts={message.post_id for message in messages})


def on_reactions_removed(messages: Sequence[ReactionRemoved]) -> None:
    """What they were told is put right."""
    operations.retract(list(_deeds(messages)))
    wakeups.wake(counts={message.post_id for message in messages})


def on_follows(messages: Sequence[PersonFollowed]) -> None:
    """Those followed are notified. A bell from before the follow is none: it was for an earlier one."""
    fan_out.remove_bells([(message.actor_id, message.recipient_id, message.at) for message in messages])
    operations.notify(list(_deeds(messages)))


def on_follows_removed(messages: Sequence[PersonUnfollowed]) -> None:
    """The bell goes with the follow; what those who were followed see is put right."""
    fan_out.remove_bells([(message.actor_id, message.recipient_id, message.at) for message in messages])
    operations.retract(list(_deeds(messages)))


def on_blocks(messages: Sequence[PersonBlocked]) -> None:
    """What the blocked did leaves the inbox, and what of it waits is not sent. Neither has a bell for the other."""
    pairs = [(message.recipient_id, message.actor_id, message.at) for message in messages]
    fan_out.remove_bells(pairs + [(blocked, blocker, at) for blocker, blocked, at in pairs])
    operations.withhold([(message.recipient_id, message.actor_id) for message in messages])


def on_suspensions(messages: Sequence[PersonSuspended | PersonUnsuspended]) -> None:
    """Each share of the inboxes in which something of theirs is to go, or to come back, has a message of its own."""
    for message in messages:
        shards = visibility.shards_to_settle(message.person_id)
        outbox.publish(*[VisibilityChanged(person_id=message.person_id, shard=shard) for shard in shards])


def on_visibility_changed(messages: Sequence[VisibilityChanged]) -> None:
    """A batch each time; the message is published again while some is left."""
    for message in messages:
        if operations.settle_suspension(person_id=message.person_id, shard=message.shard):
            outbox.publish(message)


def on_posts(messages: Sequence[PostPublished]) -> None:
    """Those whose bell is on for the author are told by a job of its own."""
    fan_out.start([(message.author_id, message.post_id, message.at) for message in messages])
    wakeups.wake(posts=[(message.post_id, message.author_id, message.at) for message in messages])


def on_access_revoked(messages: Sequence[AccessRevoked]) -> None:
    """Push subscriptions and webhooks end at once, their logs by and by: the message is repeated while some is left."""
    for message in messages:
        if operations.remove_endpoints_of(message.person_id, until=message.at, token_id=message.token_id):
            outbox.publish(message)


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """A share of the inbox goes each time; the message is said again while some is left."""
    for message in messages:
        if operations.remove_inbox_of(message.person_id):
            outbox.publish(message)


def _deeds(
    messages: Iterable[ReactionAdded | ReactionRemoved | PersonFollowed | PersonUnfollowed],
) -> Iterable[Deed]:
    for message in messages:
        if isinstance(message, PersonFollowed | PersonUnfollowed):
            yield Deed(message.recipient_id, Kind.FOLLOW, None, message.actor_id, 0, message.at)
        else:
            yield Deed(
                message.recipient_id, message.kind, message.post_id, message.actor_id, message.reply_id, message.at
            )
