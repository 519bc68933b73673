"""Why did (n't) somebody get this? What became of a deed, from its acceptance to each attempt to tell of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from notifications.channels import channels
from notifications.models import Attempt, Delivery, Endpoint, Group, Member
from notifications.reasons import told
from socialapp.messaging.models import SHARDS, OutboxMessage

AT_MOST = 50


@dataclass(frozen=True)
class Step:
    """One line: when, what, and more on it. `state` is "", or that of a delivery that ended here."""

    at: datetime
    text: str
    detail: str = ""
    state: str = ""


@dataclass(frozen=True)
class Story:
    """What became of something on one way: in the inbox, or to one endpoint."""

    title: str
    steps: list[Step] = field(default_factory=list)


def of_group(group: Group) -> list[Story]:
    """The inbox, one line for each activity, and each endpoint, from the first one on; the newest AT_MOST of each."""
    members = Member.objects.filter(group=group).select_related("actor").order_by("-id")[:AT_MOST]
    deliveries = Delivery.objects.filter(group=group).select_related("endpoint").order_by("-id")[:AT_MOST]
    return [_overview(list(members)[::-1]), *_outside(list(deliveries)[::-1])]


def of_post(person_id: int, post_id: int) -> list[Story]:
    """Of a new post: it is in the inbox by being followed; endpoints are told while the bell is on."""
    deliveries = Delivery.objects.filter(recipient_id=person_id, post_id=post_id).select_related("endpoint")
    return _outside(list(deliveries.order_by("id")[:AT_MOST]))


def of_reaction(*, recipient_id: int, actor_id: int, kind: str, post_id: int | None) -> list[Story]:
    """Of one deed, by who did what to what: waiting, withheld, in the inbox; and each endpoint that was told of it."""
    waiting = OutboxMessage.objects.filter(
        body__recipient_id=recipient_id, body__actor_id=actor_id, shard=recipient_id % SHARDS
    ).order_by("id")[:AT_MOST]
    said = [
        Step(
            m.created_at,
            (_("%(message)s was set aside") if m.dead_lettered_at else _("%(message)s waits")) % {"message": m.name},
            m.error[-500:],
        )
        for m in waiting
        if m.body.get("post_id") == post_id and m.body.get("kind", "follow") == kind
    ]
    groups = Group.objects.filter(recipient_id=recipient_id, kind=kind)
    groups = groups.filter(post_id=post_id) if post_id else groups.filter(post=None)
    members = Member.objects.filter(group__in=groups, actor_id=actor_id).select_related("actor", "group")
    stories = [Story(_("Messages"), said)] if said else []
    for member in members.order_by("id")[:AT_MOST]:
        covering = Delivery.objects.filter(
            Q(first_member__lte=member.pk, last_member__gte=member.pk), group_id=member.group_id
        ).select_related("endpoint")
        stories += [_inbox([member]), *_outside(list(covering.order_by("id")[:AT_MOST]))]
    return stories


def of_deliveries(deliveries: Sequence[Delivery]) -> list[Story]:
    """By endpoint."""
    return _outside(deliveries)


def _inbox(members: Sequence[Member]) -> Story:
    steps = []
    for member in members:
        who = {"name": member.actor.display_name}
        steps.append(Step(member.at, _("Accepted: %(name)s") % who))
        if member.withheld:
            steps.append(Step(member.delivered_at, _("Withheld: %(name)s") % who, told(member.withheld), "suppressed"))
        else:
            steps.append(Step(member.delivered_at, _("In the inbox: %(name)s") % who, "", "sent"))
            if not member.active:
                steps.append(Step(member.delivered_at, _("Taken back since: %(name)s") % who))
    return Story(_("Inbox"), sorted(steps, key=lambda step: step.at))


def _overview(members: Sequence[Member]) -> Story:
    """What became of each by now."""
    steps = []
    for member in members:
        who = {"name": member.actor.display_name}
        if member.withheld:
            steps.append(Step(member.delivered_at, _("Withheld: %(name)s") % who, told(member.withheld), "suppressed"))
        elif member.active:
            steps.append(Step(member.delivered_at, _("In the inbox: %(name)s") % who, "", "sent"))
        else:
            steps.append(Step(member.delivered_at, _("Taken back since: %(name)s") % who))
    return Story(_("Inbox"), steps)


def _outside(deliveries: Sequence[Delivery]) -> list[Story]:
    attempts: defaultdict[int, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.objects.filter(delivery__in=[d.pk for d in deliveries]).order_by("id"):
        attempts[attempt.delivery_id].append(attempt)
    stories: dict[int, Story] = {}
    for delivery in deliveries:
        story = stories.setdefault(delivery.endpoint_id, Story(title_of(delivery.endpoint)))
        story.steps.extend(_steps(delivery, attempts[delivery.pk]))
    return list(stories.values())


def _steps(delivery: Delivery, attempts: Sequence[Attempt]) -> list[Step]:
    steps = [Step(delivery.created_at, _("Planned"))]
    for attempt in attempts:
        answer = f"{attempt.code or ''} {told(attempt.answer)}".strip()
        values = {"n": attempt.number, "ms": attempt.took_ms, "outcome": attempt.get_outcome_display()}
        steps.append(Step(attempt.at, _("Attempt %(n)s, %(ms)s ms: %(outcome)s") % values, answer))
    if delivery.state == Delivery.State.WAITING:
        why = _("held: %(why)s") % {"why": told(delivery.reason)} if delivery.reason else ""
        steps.append(Step(delivery.next_attempt_at, _("Next attempt"), why, "waiting"))
    elif delivery.finished_at:
        steps.append(Step(delivery.finished_at, delivery.get_state_display(), told(delivery.reason), delivery.state))
    return steps


def title_of(endpoint: Endpoint) -> str:
    """The channel and the endpoint's name, or its address."""
    label = channels()[endpoint.channel].label
    return f"{label}: {endpoint.name or endpoint.address}"
