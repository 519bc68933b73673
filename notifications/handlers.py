"""What notifications do when they hear something: one call, for a whole batch of messages."""

from collections.abc import Iterable, Sequence

from notifications.deliveries import fan_out, plan, schedule
from notifications.endpoints import operations as endpoints
from notifications.inbox import operations as inbox
from notifications.inbox import visibility
from notifications.inbox.operations import Activity
from notifications.models import DeliverySchedule, Kind
from notifications.preferences import bells
from notifications.preferences import operations as preferences
from socialapp.messaging import live_updates, outbox
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
    ScheduleChanged,
    VisibilityChanged,
)


def on_reactions(messages: Sequence[ReactionAdded]) -> None:
    """Those reacted to are told."""
    plan.plan(inbox.notify(list(_activities(messages))))
    live_updates.publish(counts={message.post_id for message in messages})


def on_reactions_removed(messages: Sequence[ReactionRemoved]) -> None:
    """What they were told is put right."""
    inbox.retract(list(_activities(messages)))
    live_updates.publish(counts={message.post_id for message in messages})


def on_follows(messages: Sequence[PersonFollowed]) -> None:
    """Those followed are notified. A bell from before the follow is none: it was for an earlier one."""
    bells.remove_bells([(message.actor_id, message.recipient_id, message.at) for message in messages])
    plan.plan(inbox.notify(list(_activities(messages))))


def on_follows_removed(messages: Sequence[PersonUnfollowed]) -> None:
    """The bell goes with the follow; what those who were followed see is put right."""
    bells.remove_bells([(message.actor_id, message.recipient_id, message.at) for message in messages])
    inbox.retract(list(_activities(messages)))


def on_blocks(messages: Sequence[PersonBlocked]) -> None:
    """What the blocked did leaves the inbox, and what of it waits is not sent. Neither has a bell for the other."""
    pairs = [(message.recipient_id, message.actor_id, message.at) for message in messages]
    bells.remove_bells(pairs + [(blocked, blocker, at) for blocker, blocked, at in pairs])
    inbox.withhold([(message.recipient_id, message.actor_id) for message in messages])


def on_suspensions(messages: Sequence[PersonSuspended | PersonUnsuspended]) -> None:
    """Each share of the inboxes in which something of theirs is to go, or to come back, has a message of its own."""
    for message in messages:
        shards = visibility.shards_to_settle(message.person_id)
        outbox.publish(*[VisibilityChanged(person_id=message.person_id, shard=shard) for shard in shards])


def on_visibility_changed(messages: Sequence[VisibilityChanged]) -> None:
    """A batch each time; the message is published again while some is left."""
    for message in messages:
        moved, is_more = inbox.settle_suspension(person_id=message.person_id, shard=message.shard)
        plan.plan(moved)
        if is_more:
            outbox.publish(message)


def on_posts(messages: Sequence[PostPublished]) -> None:
    """Those whose bell is on for the author are told by a job of its own."""
    fan_out.start([(message.author_id, message.post_id, message.at) for message in messages])
    live_updates.publish(posts=[(message.post_id, message.author_id, message.at) for message in messages])


def on_access_revoked(messages: Sequence[AccessRevoked]) -> None:
    """Push subscriptions and webhooks end at once, their logs by and by: the message is repeated while some is left."""
    for message in messages:
        if endpoints.close_revoked(message.person_id, until=message.at, token_id=message.token_id):
            outbox.publish(message)


def on_schedule_changed(messages: Sequence[ScheduleChanged]) -> None:
    """What is held for a person follows the quiet hours and the digest that they chose since."""
    for timing in DeliverySchedule.objects.filter(person_id__in={message.person_id for message in messages}):
        schedule.reschedule(timing)


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """A share of the inbox goes each time; the message is said again while some is left."""
    for message in messages:
        preferences.forget(message.person_id)
        is_more = [inbox.remove_groups_of(message.person_id), endpoints.close_all_of(message.person_id)]
        if any(is_more):
            outbox.publish(message)


def _activities(
    messages: Iterable[ReactionAdded | ReactionRemoved | PersonFollowed | PersonUnfollowed],
) -> Iterable[Activity]:
    for message in messages:
        if isinstance(message, PersonFollowed | PersonUnfollowed):
            yield Activity(message.recipient_id, Kind.FOLLOW, None, message.actor_id, 0, message.at)
        else:
            yield Activity(
                message.recipient_id, message.kind, message.post_id, message.actor_id, message.reply_id, message.at
            )
