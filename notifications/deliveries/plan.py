"""Plans deliveries: one for each endpoint that wants a group that moved up, in sets."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from django.db import connection, transaction

from notifications.channels import channel, channels
from notifications.deliveries.sql import plan as sql
from notifications.inbox.operations import Moved
from notifications.models import ChannelName, Circuit, Delivery
from notifications.preferences.operations import DEFAULTS
from socialapp.messaging import dispatch

# (recipient, kind, post): the id of the request that led there.
Requests = Mapping[tuple[int, str, int | None], str]


def plan(moved: Sequence[Moved], requests: Requests = MappingProxyType({})) -> None:
    """Plan deliveries of these groups; wake workers after commit. The caller holds the shards of their recipients."""
    if not moved:
        return
    reachable = ensure_mail_endpoints({group.recipient_id for group in moved})
    moved = [group for group in moved if group.recipient_id in reachable]
    if not moved:
        return
    led = [(*place, request_id) for place, request_id in requests.items() if place[0] in reachable]
    with connection.cursor() as cursor:
        cursor.execute(
            sql.PLAN,
            {
                "groups": [group.group_id for group in moved],
                "firsts": [group.first_member for group in moved],
                "lasts": [group.last_member for group in moved],
                "ats": [group.oldest_at for group in moved],
                "led_recipients": [recipient_id for recipient_id, *_ in led],
                "led_kinds": [kind for _, kind, *_ in led],
                "led_posts": [post_id for *_, post_id, _ in led],
                "led_requests": [request_id for *_, request_id in led],
                **channel_columns(),
            },
        )
        wake_workers(
            {name for name, state in cursor.fetchall() if state == Delivery.State.WAITING and not channel(name).delay}
        )


def wake_workers(names: Collection[str]) -> None:
    """Wake the workers of these channels after commit."""
    for name in names:
        transaction.on_commit(lambda name=name: dispatch.wake_workers(name))  # type: ignore[misc]


def ensure_mail_endpoints(people: Collection[int]) -> set[int]:
    """Make an endpoint for each confirmed mail address. Returns which of these people have any endpoint.

    Takes one statement if they have theirs already.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.REACHABLE, {"people": sorted(people)})
        found = cursor.fetchall()
        if new := [person_id for person_id, is_new in found if is_new]:
            circuit = circuit_id(channel(ChannelName.EMAIL).shared_circuit)
            cursor.execute(sql.ENSURE_MAIL, {"people": new, "circuit": circuit})
    return {person_id for person_id, _ in found}


def circuit_id(name: str) -> int:
    """Return the id of the breaker with that name, made if need be."""
    return Circuit.objects.get_or_create(name=name)[0].pk


@cache
def channel_columns() -> dict[str, Any]:
    """Return parameters of the statements: the channels' settings and default preferences."""
    known = channels()
    cells = [(str(kind), name, str(whom)) for (kind, name), whom in DEFAULTS.items() if name in known]
    return {
        "channels": list(known),
        "delays": [made.delay for made in known.values()],
        "min_intervals": [made.min_interval for made in known.values()],
        "expires_afters": [made.retries.expires_after for made in known.values()],
        "cell_kinds": [kind for kind, _, _ in cells],
        "cell_channels": [name for _, name, _ in cells],
        "cell_from_whom": [whom for _, _, whom in cells],
    }
