"""What left the house, by each channel's own promise (the table in docs/delivery.md and the README of the issue)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.checker.activities import Activity, Says
from tests.chaos.checker.arrived import Arrival, Arrived
from tests.chaos.checker.findings import Channel, Kind, Report
from tests.chaos.checker.rows import Delivery, Endpoint, Member, Rows
from tests.chaos.checker.truth import Standing, Truth
from tests.chaos.checker.world import Disturbance, World

# An endpoint that was added in the same moment may or may not have been known.
NEW_S = 5.0
# A mail that comes twice must have a disturbance between the two, or this long before the first.
SLACK_S = 15.0
# What the other side refused for good is dead by its word; whatever else is dead was given up by us.
THEIR_WORD = {"mail_refused", "push_answered", "gone", "subscription_ended", "no_mailbox"}


def compare_channels(
    world: World, truth: Truth, rows: Rows, arrived: Arrived, disturbances: Sequence[Disturbance], report: Report
) -> None:
    """Each activity in an inbox and each endpoint of its recipient: told, or not for a reason that may be."""
    judge = _Judge(world, truth, rows, arrived, disturbances, report)
    for endpoint in rows.endpoints.values():
        judge.endpoint(endpoint)
    clock_was_off = any(moment.fault.startswith("clock-") for moment in disturbances)
    for why in arrived.refused:
        # What a worker signs whose clock is off by an hour is rightly refused, and sent again.
        if not (clock_was_off and "timestamp" in why):
            report.add(Kind.UNCAUSED, "webhook", why)


@dataclass
class _Judge:
    world: World
    truth: Truth
    rows: Rows
    arrived: Arrived
    disturbances: Sequence[Disturbance]
    report: Report
    members: dict[str, list[Member]] = field(init=False)
    by_endpoint: dict[int, dict[int, list[Delivery]]] = field(init=False)
    activities: dict[tuple[str, str, int], list[tuple[Activity, Standing]]] = field(init=False)

    def __post_init__(self) -> None:
        self.members, self.activities = defaultdict(list), defaultdict(list)
        self.by_endpoint = defaultdict(lambda: defaultdict(list))
        for member in self.rows.members:
            self.members[member.activity.recipient].append(member)
        for delivery in self.rows.deliveries:
            self.by_endpoint[delivery.endpoint][delivery.group].append(delivery)
        for activity, standing in self.truth.activities.items():
            self.activities[activity.group].append((activity, standing))

    def endpoint(self, endpoint: Endpoint) -> None:
        channel = self.report.channels.setdefault(endpoint.channel, Channel())
        times = self.arrived.times(endpoint.id)
        channel.arrived += len(times)
        channel.again += times.total() - len(times)
        for member in self.members[endpoint.person]:
            if not member.withheld and member.delivered_at > endpoint.created_at + NEW_S:
                self._member(endpoint, member, times, channel)
        self._new_posts(endpoint, times, channel)
        self._arrivals(endpoint, channel)
        if endpoint.channel == "email":
            self._repeats(endpoint)

    def _member(self, endpoint: Endpoint, member: Member, times: Counter[int], channel: Channel) -> None:
        covering = [
            delivery
            for delivery in self.by_endpoint[endpoint.id][member.group]
            if delivery.first <= member.id <= delivery.last
        ]
        standing = self.truth.activities.get(member.activity)
        lines = standing.claim.lines if standing else ()
        where, what = endpoint.channel, f"{member.activity}"
        if not covering:
            self.report.add(Kind.LOST, where, f"{what}: no delivery tells of it", lines)
        elif len(covering) > 1:
            self.report.add(Kind.DOUBLED, where, f"{what}: {len(covering)} deliveries tell of it", lines)
        else:
            self._delivery(endpoint, covering[0], what, standing, times, channel)

    def _delivery(
        self,
        endpoint: Endpoint,
        delivery: Delivery,
        what: str,
        standing: Standing | None,
        times: Counter[int],
        channel: Channel,
    ) -> None:
        where, lines = endpoint.channel, standing.claim.lines if standing else ()
        match delivery.state:
            case "sent":
                channel.sent += 1
                if not times[delivery.bundle]:
                    self.report.add(Kind.LOST, where, f"{what}: recorded as sent, and never arrived", lines)
            case "suppressed":
                channel.withheld += 1
                if not self._may_be_withheld(endpoint, delivery, standing):
                    self.report.add(Kind.LOST, where, f"{what}: suppressed, {delivery.reason}", lines)
            case "dead":
                channel.dead += 1
                if delivery.reason not in THEIR_WORD:
                    self.report.add(Kind.LOST, where, f"{what}: {delivery.reason}", lines)
            case _:
                channel.waiting += 1
                self.report.add(Kind.LATE, where, f"{what}: waits, after {delivery.attempts} attempts", lines)

    def _may_be_withheld(self, endpoint: Endpoint, delivery: Delivery, standing: Standing | None) -> bool:
        group = self.rows.groups.get(delivery.group)
        post = group.post if group else delivery.post
        is_gone = standing is None or standing.claim.undone or standing.claim.says is not Says.YES
        may_be = {
            "taken_back": is_gone,
            "not_wanted": endpoint.channel != "webhook" and group is not None and group.kind in {"like", "share"},
            "post_gone": post not in self.truth.visible,
            "not_visible": not self.truth.sees(endpoint.person, post),
            # Of several activities in one delivery, those that were taken back have the reason of the others.
            "muted": standing is not None and (is_gone or standing.kept_back is not Says.NO),
            "read": endpoint.person in self.truth.readers,
            "endpoint_disabled": endpoint.disabled,
        }
        return may_be.get(delivery.reason, False)

    def _new_posts(self, endpoint: Endpoint, times: Counter[int], channel: Channel) -> None:
        """Those whose bell is on are told of each post that stands, by the channels that tell of new posts."""
        told = Counter(delivery.post for delivery in self.by_endpoint[endpoint.id][0])
        for post in self.truth.beginnings:
            if told[post] > 1 or (told[post] == 0 and self._rings(endpoint.person, post)):
                kind = Kind.DOUBLED if told[post] else Kind.LOST
                what = f"new post {post} to {endpoint.person}: {told[post]} deliveries tell of it"
                self.report.add(kind, endpoint.channel, what)
        for delivery in self.by_endpoint[endpoint.id][0]:
            if endpoint.channel == "email" and delivery.reason == "not_wanted":
                channel.withheld += 1
            else:
                what = f"new post {delivery.post} to {endpoint.person}"
                self._delivery(endpoint, delivery, what, None, times, channel)

    def _arrivals(self, endpoint: Endpoint, channel: Channel) -> None:
        """Nothing arrived that nobody did, and nobody was told anew of what they had been told of."""
        known = {d.bundle for deliveries in self.by_endpoint[endpoint.id].values() for d in deliveries}
        versions: defaultdict[str, set[int]] = defaultdict(set)
        topics: defaultdict[str, set[str]] = defaultdict(set)
        for arrival in self.arrived.by_endpoint.get(endpoint.id, []):
            if arrival.id not in known and not self._may_have_been_merged(endpoint, arrival):
                self.report.add(Kind.UNCAUSED, endpoint.channel, f"{arrival.id} to {endpoint.person}: nothing was due")
            self._people(endpoint, arrival)
            versions[arrival.group].add(arrival.id)
            topics[arrival.tag].add(arrival.topic)
        for name, ids in versions.items():
            most = self._activities_ever(endpoint, name)
            if most is not None and len(ids) > most:
                what = f"{endpoint.person} was told {len(ids)} times of {name}, where {most} activities were"
                self.report.add(Kind.DOUBLED, endpoint.channel, what)
        for tag, found in topics.items():
            if tag and len(found) > 1:
                self.report.add(Kind.DOUBLED, endpoint.channel, f"{endpoint.person} sees {len(found)} of {tag}")

    def _rings(self, person: str, post: int) -> bool:
        """Whether the bell was on when it was posted."""
        text = self.truth.texts[post]
        is_on = text.author in self.world.bells.get(person, ())
        return is_on and text.created_at > self.rows.bells.get((person, text.author), 0.0)

    def _may_have_been_merged(self, endpoint: Endpoint, arrival: Arrival) -> bool:
        """Of what a worker sent and died, the next version takes over the delivery, where one replaces the other."""
        if endpoint.channel == "webhook" or not self.by_endpoint[endpoint.id]:
            return False
        return endpoint.channel == "email" or self._activities_ever(endpoint, arrival.group) is not None

    def _activities_ever(self, endpoint: Endpoint, name: str) -> int | None:
        """Of a group ("n7"), as it is named in what arrives; None where that is no group.

        What was kept back, because its recipient blocked who did it, is told anew when it is done anew.
        """
        group = self.rows.groups.get(int(name[1:])) if name.startswith("n") and name[1:].isdecimal() else None
        if group is None or group.recipient != endpoint.person:
            return None
        activities = self.activities[group.recipient, group.kind, group.post]
        return sum(1 if standing.kept_back is Says.NO else len(standing.claim.lines) for _, standing in activities)

    def _people(self, endpoint: Endpoint, arrival: Arrival) -> None:
        group = self.rows.groups.get(int(arrival.group[1:])) if arrival.group.startswith("n") else None
        if group is None or not arrival.people:
            return
        ever = {
            activity.actor
            for activity, standing in self.activities[group.recipient, group.kind, group.post]
            if standing.claim.ever
        }
        for stranger in set(arrival.people) - ever:
            what = f"{endpoint.person} was told that {stranger} did {group.kind} to post {group.post}"
            self.report.add(Kind.UNCAUSED, endpoint.channel, what)

    def _repeats(self, endpoint: Endpoint) -> None:
        """Twice only if a worker died, or could not hear the yes or write it down: between the two, or just before."""
        first: dict[int, float] = {}
        for arrival in sorted(self.arrived.by_endpoint.get(endpoint.id, []), key=lambda arrival: arrival.at):
            if arrival.id in first and not self._disturbed(first[arrival.id] - SLACK_S, arrival.at):
                what = f"mail {arrival.id} to {endpoint.person} came again, and nothing had died"
                self.report.add(Kind.DOUBLED, endpoint.channel, what)
            first[arrival.id] = arrival.at

    def _disturbed(self, since: float, until: float) -> bool:
        return any(moment.begun_at <= until and moment.ended_at >= since for moment in self.disturbances)
