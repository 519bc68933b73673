"""State of the notifications: inboxes, what people choose, and deliveries to where they want to hear."""

from notifications.models.deliveries import Attempt, AuditRun, Circuit, Delivery, Endpoint, Era, FanOut, Pace, PushKey
from notifications.models.inbox import Group, Inbox, Kind, Member, PostMark, ReadMark
from notifications.models.preferences import Bell, FromWhom, Mute, Preference, Rhythm, Timing

__all__ = [
    "Attempt",
    "AuditRun",
    "Bell",
    "Circuit",
    "Delivery",
    "Endpoint",
    "Era",
    "FanOut",
    "FromWhom",
    "Group",
    "Inbox",
    "Kind",
    "Member",
    "Mute",
    "Pace",
    "PostMark",
    "Preference",
    "PushKey",
    "ReadMark",
    "Rhythm",
    "Timing",
]
