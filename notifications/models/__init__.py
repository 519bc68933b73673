"""State of the notifications: inboxes, what people choose, and deliveries to where they want to hear."""

from notifications.models.deliveries import Attempt, AuditRun, Circuit, Delivery, Endpoint, Era, FanOut, Pace, PushKey
from notifications.models.inbox import GroupMember, Inbox, Kind, NotificationGroup, PostMark, ReadMark
from notifications.models.preferences import Bell, DeliverySchedule, FromWhom, Mute, Preference, Rhythm

__all__ = [
    "Attempt",
    "AuditRun",
    "Bell",
    "Circuit",
    "Delivery",
    "DeliverySchedule",
    "Endpoint",
    "Era",
    "FanOut",
    "FromWhom",
    "GroupMember",
    "Inbox",
    "Kind",
    "Mute",
    "NotificationGroup",
    "Pace",
    "PostMark",
    "Preference",
    "PushKey",
    "ReadMark",
    "Rhythm",
]
