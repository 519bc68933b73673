"""State of notifications: inboxes, preferences, and deliveries to endpoints."""

from notifications.models.deliveries import (
    Attempt,
    AuditRun,
    Circuit,
    Delivery,
    Endpoint,
    EndpointNotice,
    Era,
    FanOut,
    Pace,
    PushKey,
)
from notifications.models.inbox import GroupMember, Inbox, Kind, NotificationGroup
from notifications.models.preferences import Bell, ChannelName, DeliverySchedule, FromWhom, Mute, Preference, Rhythm
from notifications.models.reading import PostMark, ReadMark
from notifications.models.reasons import Reason
from notifications.models.strangers import NoticePolicy, Stranger, Verdict

__all__ = [
    "Attempt",
    "AuditRun",
    "Bell",
    "ChannelName",
    "Circuit",
    "Delivery",
    "DeliverySchedule",
    "Endpoint",
    "EndpointNotice",
    "Era",
    "FanOut",
    "FromWhom",
    "GroupMember",
    "Inbox",
    "Kind",
    "Mute",
    "NoticePolicy",
    "NotificationGroup",
    "Pace",
    "PostMark",
    "Preference",
    "PushKey",
    "ReadMark",
    "Reason",
    "Rhythm",
    "Stranger",
    "Verdict",
]
