"""Traces: what became of an activity, from its acceptance to each attempt to send it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from notifications.channels import channels
from notifications.models import Attempt, Delivery, Endpoint, GroupMember, NotificationGroup
from notifications.models.reasons import sentence
from socialapp.messaging.messages import NOBODY
from socialapp.messaging.models import SHARDS, OutboxMessage

AT_MOST = 50


@dataclass(frozen=True)
class TraceEvent:
    """One step: when, what, and details. `state` is "", or that of a delivery that ended here."""

    at: datetime
    text: str
    detail: str = ""
    state: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Trace:
    """What became of something in the inbox, or on its way to one endpoint."""

    title: str
    steps: list[TraceEvent] = field(default_factory=list)


def of_group(group: NotificationGroup) -> list[Trace]:
    """The inbox, one line for each activity, and each endpoint, from the first one on; the newest AT_MOST of each."""
    members = GroupMember.objects.filter(group=group).prefetch_related("actor").order_by("-ordinal")[:AT_MOST]
    deliveries = Delivery.objects.filter(group=group).select_related("endpoint").order_by("-id")[:AT_MOST]
    return [_overview(list(members)[::-1]), *_outside(list(deliveries)[::-1])]


def of_post(person_id: int, post_id: int) -> list[Trace]:
    """The trace of a new post: deliveries to endpoints while the bell was on."""
    deliveries = Delivery.objects.filter(recipient_id=person_id, post_id=post_id).select_related("endpoint")
    return _outside(list(deliveries.order_by("id")[:AT_MOST]))


def of_reaction(*, recipient_id: int, actor_id: int, kind: str, post_id: int | None) -> list[Trace]:
    """Trace one activity by actor, kind and post: waiting, suppressed or in the inbox; and each endpoint it went to."""
    waiting = OutboxMessage.objects.filter(
        body__recipient_id=recipient_id, body__actor_id=actor_id, shard=recipient_id % SHARDS
    ).order_by("id")[:AT_MOST]
    messages = [
        TraceEvent(
            m.created_at,
            (_("%(message)s is a dead letter") if m.dead_lettered_at else _("%(message)s waits")) % {"message": m.name},
            m.error[-500:],
        )
        for m in waiting
        if m.body.get("post_id") == post_id and m.body.get("kind", "follow") == kind
    ]
    groups = NotificationGroup.objects.filter(recipient_id=recipient_id, kind=kind)
    groups = groups.filter(post_id=post_id) if post_id else groups.filter(post=None)
    members = GroupMember.objects.filter(group__in=groups, actor_id=actor_id).select_related("actor", "group")
    stories = [Trace(_("Messages"), messages)] if messages else []
    for member in members.order_by("ordinal")[:AT_MOST]:
        covering = Delivery.objects.filter(
            Q(first_member__lte=member.ordinal, last_member__gte=member.ordinal), group_id=member.group_id
        ).select_related("endpoint")
        stories += [_inbox([member]), *_outside(list(covering.order_by("id")[:AT_MOST]))]
    return stories


def of_deliveries(deliveries: Sequence[Delivery]) -> list[Trace]:
    """Traces of deliveries, by endpoint."""
    return _outside(deliveries)


def _inbox(members: Sequence[GroupMember]) -> Trace:
    steps = []
    for member in members:
        who = {"name": _who(member)}
        steps.append(TraceEvent(member.at, _("Accepted: %(name)s") % who))
        if member.suppressed_reason:
            steps.append(_withheld(member))
        else:
            steps.append(TraceEvent(member.delivered_at, _("In the inbox: %(name)s") % who, "", Delivery.State.SENT))
            if not member.active:
                steps.append(TraceEvent(member.delivered_at, _("Taken back since: %(name)s") % who))
    return Trace(_("Inbox"), sorted(steps, key=lambda step: step.at))


def _who(member: GroupMember) -> str:
    """The name of the actor: a person, or the moderators, who are not named."""
    return _("the moderators") if member.actor_id == NOBODY else member.actor.display_name


def _withheld(member: GroupMember) -> TraceEvent:
    text, reason = _("Withheld: %(name)s") % {"name": _who(member)}, member.suppressed_reason
    return TraceEvent(member.delivered_at, text, sentence(reason, {}), Delivery.State.SUPPRESSED, reason)


def _overview(members: Sequence[GroupMember]) -> Trace:
    """What became of each by now."""
    steps = []
    for member in members:
        who = {"name": _who(member)}
        if member.suppressed_reason:
            steps.append(_withheld(member))
        elif member.active:
            steps.append(TraceEvent(member.delivered_at, _("In the inbox: %(name)s") % who, "", Delivery.State.SENT))
        else:
            steps.append(TraceEvent(member.delivered_at, _("Taken back since: %(name)s") % who))
    return Trace(_("Inbox"), steps)


def _outside(deliveries: Sequence[Delivery]) -> list[Trace]:
    attempts: defaultdict[int, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.objects.filter(delivery__in=[d.pk for d in deliveries]).order_by("id"):
        attempts[attempt.delivery_id].append(attempt)
    stories: dict[int, Trace] = {}
    for delivery in deliveries:
        story = stories.setdefault(delivery.endpoint_id, Trace(title_of(delivery.endpoint)))
        story.steps.extend(_steps(delivery, attempts[delivery.pk]))
    return list(stories.values())


def _steps(delivery: Delivery, attempts: Sequence[Attempt]) -> list[TraceEvent]:
    steps = [TraceEvent(delivery.created_at, _("Planned"))]
    for attempt in attempts:
        answer = f"{attempt.code or ''} {attempt.answer or attempt.reason_text}".strip()
        values = {"n": attempt.number, "ms": attempt.took_ms, "outcome": attempt.get_outcome_display()}
        text = _("Attempt %(n)s, %(ms)s ms: %(outcome)s") % values
        steps.append(TraceEvent(attempt.at, text, answer, reason=attempt.reason))
    if delivery.state == Delivery.State.WAITING:
        why = _("held: %(why)s") % {"why": delivery.reason_text} if delivery.reason else ""
        steps.append(TraceEvent(delivery.next_attempt_at, _("Next attempt"), why, delivery.state, delivery.reason))
    elif delivery.finished_at:
        text = delivery.get_state_display()
        steps.append(TraceEvent(delivery.finished_at, text, delivery.reason_text, delivery.state, delivery.reason))
    return steps


def title_of(endpoint: Endpoint) -> str:
    """The channel and the endpoint's name, or its address."""
    known = channels().get(endpoint.channel)
    label = known.label if known else endpoint.channel  # of a newer release, whose processes run beside this one
    return f"{label}: {endpoint.name or endpoint.address}"
