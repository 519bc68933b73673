"""What notifications do when messages arrive: one call for a whole batch."""

from collections.abc import Iterable, Sequence

from notifications.deliveries import fan_out, plan, reschedule
from notifications.endpoints import cleanup
from notifications.inbox import operations as inbox
from notifications.inbox import strangers, visibility
from notifications.inbox.operations import Activity
from notifications.models import DeliverySchedule, Kind, Reason
from notifications.preferences import bells
from notifications.preferences import operations as preferences
from socialapp.messaging import live_updates, outbox
from socialapp.messaging.messages import (
    NOBODY,
    AccessRevoked,
    AccountDeleted,
    FollowNoticeAdded,
    FollowNoticeRemoved,
    NoticeSent,
    PersonBlocked,
    PersonFollowed,
    PersonSuspended,
    PersonUnfollowed,
    PersonUnsuspended,
    PostPublished,
    ReactionAdded,
    ReactionRemoved,
    ScheduleChanged,
    StrangerAnswered,
    VisibilityChanged,
)


def on_reactions(messages: Sequence[ReactionAdded]) -> None:
    """Notify the authors that were reacted to, and the people that were mentioned."""
    plan.plan(inbox.notify(list(_activities(messages))), _requests(messages))
    live_updates.publish(counts={message.post_id for message in messages})


def on_reactions_removed(messages: Sequence[ReactionRemoved]) -> None:
    """Take these activities back out of inboxes."""
    inbox.retract(list(_activities(messages)))
    live_updates.publish(counts={message.post_id for message in messages})


def on_follows(messages: Sequence[PersonFollowed]) -> None:
    """Notify those followed. A bell from before the follow is removed: it belonged to an earlier follow."""
    bells.remove_bells([(message.actor_id, message.recipient_id, message.at) for message in messages])
    plan.plan(inbox.notify(list(_activities(messages))), _requests(messages))


def on_follows_removed(messages: Sequence[PersonUnfollowed]) -> None:
    """Remove the bells, and take these follows back out of inboxes."""
    bells.remove_bells([(message.actor_id, message.recipient_id, message.at) for message in messages])
    inbox.retract(list(_activities(messages)))


def on_follow_notices(messages: Sequence[FollowNoticeAdded]) -> None:
    """Notify of requests to follow, and of their approval."""
    plan.plan(inbox.notify(list(_activities(messages))), _requests(messages))


def on_follow_notices_removed(messages: Sequence[FollowNoticeRemoved]) -> None:
    """Take requests that were answered, and approvals of follows that ended, back out of inboxes."""
    inbox.retract(list(_activities(messages)))


def on_blocks(messages: Sequence[PersonBlocked]) -> None:
    """Withhold the activities of one of the two and what waits to be sent of them; remove a bell for their posts."""
    bells.remove_bells([(message.recipient_id, message.actor_id, message.at) for message in messages])
    inbox.withhold([(message.recipient_id, message.actor_id) for message in messages])


def on_notices(messages: Sequence[NoticeSent]) -> None:
    """Notify people of what the moderators wrote to them."""
    kind = Kind.MODERATION.value
    plan.plan(
        inbox.notify([Activity(each.recipient_id, kind, None, NOBODY, each.notice_id, each.at) for each in messages])
    )


def on_strangers_answered(messages: Sequence[StrangerAnswered]) -> None:
    """Move a batch of what strangers have in boxes to inboxes, or drop it; publish the message again while more is."""
    for message in messages:
        if not message.accepted:
            strangers.drop_from_box(message.recipient_id, message.actor_id)
            continue
        moved, is_more = strangers.move_to_inbox(message.recipient_id, message.actor_id)
        plan.plan(moved)
        if is_more:
            outbox.publish(message)


def on_suspensions(messages: Sequence[PersonSuspended | PersonUnsuspended]) -> None:
    """Publish one VisibilityChanged for each shard of inboxes with activities of this person."""
    for message in messages:
        shards = visibility.shards_to_settle(message.person_id)
        outbox.publish(*[VisibilityChanged(person_id=message.person_id, shard=shard) for shard in shards])


def on_visibility_changed(messages: Sequence[VisibilityChanged]) -> None:
    """Settle a batch of inboxes, and publish the message again while more are left."""
    for message in messages:
        moved, is_more = inbox.settle_suspension(person_id=message.person_id, shard=message.shard)
        plan.plan(moved)
        if is_more:
            outbox.publish(message)


def on_posts(messages: Sequence[PostPublished]) -> None:
    """Start a fan-out for each post whose author's bell is on somewhere."""
    fan_out.start([(message.author_id, message.post_id, message.at, message.request_id) for message in messages])
    live_updates.publish(posts=[(message.post_id, message.author_id, message.at) for message in messages])


def on_access_revoked(messages: Sequence[AccessRevoked]) -> None:
    """End push subscriptions and webhooks at once, their logs in batches: published again while any are left."""
    for message in messages:
        if cleanup.close_revoked(message.person_id, until=message.at, token_id=message.token_id):
            outbox.publish(message)


def on_schedule_changed(messages: Sequence[ScheduleChanged]) -> None:
    """Reschedule the deliveries that are held for a person, by the schedule that they chose."""
    for chosen in DeliverySchedule.objects.filter(person_id__in={message.person_id for message in messages}):
        reschedule.reschedule(chosen)


def on_account_deleted(messages: Sequence[AccountDeleted]) -> None:
    """Remove a batch of the person's inbox and endpoints, and publish the message again while more are left."""
    for message in messages:
        preferences.forget(message.person_id)
        is_more = [inbox.remove_groups_of(message.person_id), cleanup.close_all_of(message.person_id)]
        if any(is_more):
            outbox.publish(message)


def _requests(messages: Sequence[ReactionAdded | PersonFollowed | FollowNoticeAdded]) -> plan.Requests:
    """Return the first request that led to each group."""
    return {
        (activity.recipient_id, activity.kind, activity.post_id): message.request_id
        for activity, message in zip(_activities(reversed(messages)), reversed(messages), strict=True)
        if message.request_id
    }


def _activities(
    messages: Iterable[
        ReactionAdded | ReactionRemoved | PersonFollowed | PersonUnfollowed | FollowNoticeAdded | FollowNoticeRemoved
    ],
) -> Iterable[Activity]:
    for message in messages:
        if isinstance(message, PersonFollowed | PersonUnfollowed):
            known = Reason.APPROVED.value if getattr(message, "approved", False) else ""
            yield Activity(message.recipient_id, Kind.FOLLOW.value, None, message.actor_id, 0, message.at, known)
        elif isinstance(message, FollowNoticeAdded | FollowNoticeRemoved):
            yield Activity(message.recipient_id, message.kind, None, message.actor_id, 0, message.at)
        else:
            yield Activity(
                message.recipient_id, message.kind, message.post_id, message.actor_id, message.reply_id, message.at
            )
