"""Member rows and what people see, against the activities that stand."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.chaos.checker.activities import Activity, Claim, Says
from tests.chaos.checker.findings import Kind, Report
from tests.chaos.checker.rows import Member, Rows
from tests.chaos.checker.shown import Entry, Shown
from tests.chaos.checker.truth import Standing, Truth

PEOPLE_SHOWN = 3
Place = tuple[str, int]  # kind, post


def compare_members(truth: Truth, rows: Rows, report: Report) -> None:
    """Each activity that stands is there once; of those that do not, none is."""
    by_deed: defaultdict[Activity, list[Member]] = defaultdict(list)
    for member in rows.members:
        by_deed[member.activity].append(member)
    for activity, standing in truth.activities.items():
        _compare(activity, standing, by_deed.pop(activity, []), report)
    for activity, members in by_deed.items():
        report.add(Kind.UNCAUSED, "inbox", f"{activity}{'' if members[0].active else ', taken back since'}")
    _compare_groups(rows, report)


def _compare(activity: Activity, standing: Standing, members: list[Member], report: Report) -> None:
    if len(members) > 1:
        report.add(Kind.DOUBLED, "inbox", f"{activity}: {len(members)} times", standing.claim.lines)
    active = any(member.active for member in members)
    if standing.kept_back is Says.YES and active:
        report.add(Kind.UNDONE, "inbox", f"{activity}, whom they block", standing.claim.lines)
    if standing.kept_back is not Says.NO:
        return
    if standing.stands and not active:
        why = f", withheld: {members[0].withheld}" if members and members[0].withheld else ""
        report.absent("inbox", f"{activity}{why}", standing.claim)
    elif active and not standing.stands:
        report.present("inbox", str(activity), standing.claim)


def _compare_groups(rows: Rows, report: Report) -> None:
    actors: defaultdict[int, set[str]] = defaultdict(set)
    for member in rows.members:
        if member.active:
            actors[member.group].add(member.activity.actor)
    for group in rows.groups.values():
        if group.count != len(actors[group.id]):
            what = (
                f"{group.recipient}'s {group.kind} of post {group.post} says {group.count}, has {len(actors[group.id])}"
            )
            report.add(Kind.COUNT, "inbox", what)
    places = Counter((group.recipient, group.kind, group.post) for group in rows.groups.values())
    for (recipient, kind, post), times in places.items():
        if times > 1:
            report.add(Kind.DOUBLED, "inbox", f"{recipient} has {times} rows of {kind} of post {post}")


def compare_shown(truth: Truth, rows: Rows, shown: Shown, report: Report) -> None:
    """What each person sees, page by page."""
    due: defaultdict[str, defaultdict[Place, dict[str, Claim]]] = defaultdict(lambda: defaultdict(dict))
    active = {member.activity for member in rows.members if member.active}
    for activity, standing in truth.activities.items():
        stands = standing.stands if standing.kept_back is Says.NO else activity in active
        if stands and (not activity.post or truth.sees(activity.recipient, activity.post)):
            due[activity.recipient][activity.kind, activity.post][activity.actor] = standing.claim
    for person, entries in shown.inboxes.items():
        _compare_pages(person, entries, report)
        groups = {(entry.kind, entry.post): entry for entry in entries if entry.kind != "post"}
        for place in due[person].keys() | groups.keys():
            _compare_entry(person, place, due[person].get(place, {}), groups.get(place), truth, report)
        _compare_new_posts(person, [entry.post for entry in entries if entry.kind == "post"], truth, report)


def _compare_pages(person: str, entries: Iterable[Entry], report: Report) -> None:
    times = Counter((entry.kind, entry.post) for entry in entries)
    for (kind, post), number in times.items():
        if number > 1:
            report.add(Kind.DOUBLED, "shown", f"{person} sees {kind} of post {post} {number} times")


def _compare_entry(
    person: str, place: Place, due: dict[str, Claim], entry: Entry | None, truth: Truth, report: Report
) -> None:
    kind, post = place
    what = f"{person}: {kind} of post {post}"
    lines = sorted({line for claim in due.values() for line in claim.lines})
    if entry is None:
        report.add(Kind.LOST, "shown", f"{what} is not shown; {len(due)} did so", lines)
        return
    if not due:
        claims = [
            standing.claim for activity, standing in truth.activities.items() if activity.group == (person, kind, post)
        ]
        gone = post and not truth.sees(person, post)
        found = Kind.UNDONE if gone or any(claim.ever for claim in claims) else Kind.UNCAUSED
        report.add(found, "shown", f"{what} by {entry.count}", [line for claim in claims for line in claim.lines])
        return
    if entry.count != len(due):
        report.add(Kind.COUNT, "shown", f"{what} says {entry.count}, and {len(due)} did so", lines)
    if strangers := set(entry.people) - due.keys():
        report.add(Kind.UNDONE, "shown", f"{what} names {', '.join(sorted(strangers))}", lines)
    elif len(set(entry.people)) != min(PEOPLE_SHOWN, len(due)):
        report.add(Kind.COUNT, "shown", f"{what} names {len(entry.people)} people of {len(due)}", lines)


def _compare_new_posts(person: str, found: list[int], truth: Truth, report: Report) -> None:
    due = new_posts(person, truth)
    for post in due - set(found):
        report.add(Kind.LOST, "shown", f"{person} does not see the new post {post} of {truth.texts[post].author}")
    for post in set(found) - due:
        report.add(Kind.UNDONE, "shown", f"{person} sees post {post} as new, and it is gone or not of whom they follow")


def new_posts(person: str, truth: Truth) -> set[int]:
    """Of whom they follow, since they do."""
    since = {whom: at for (who, whom), at in truth.follows.items() if who == person}
    return {
        post
        for post in truth.beginnings
        if (author := truth.texts[post].author) in since and truth.texts[post].created_at > since[author]
    }
