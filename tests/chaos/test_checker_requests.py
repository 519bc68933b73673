"""The checker finds what went wrong with requests to follow: in a scene in which Charlie is locked."""

from dataclasses import replace

import pytest

from tests.chaos.checker.activities import Activity
from tests.chaos.checker.rows import Group, Member
from tests.chaos.checker.shown import Entry
from tests.chaos.record import Try
from tests.chaos.scene import WORLD, Scene, intention

ASKS = Activity("charlie", "request", 0, "bob")
ACCEPTED = Activity("bob", "accept", 0, "charlie")


@pytest.fixture
def asked() -> Scene:
    """Bob asked to follow Charlie, who has not answered."""
    scene = Scene(world=replace(WORLD, locked=frozenset({"charlie"})))
    scene.record.append(intention(7, "bob", "follow", person="charlie", answer={"requested": True}))
    scene.rows.requests.add(("bob", "charlie"))
    scene.rows.groups[9] = Group(9, "charlie", "request", 0, 1)
    scene.rows.members.append(Member(90, 9, ASKS, delivered_at=701.5))
    scene.shown.inboxes["charlie"] = [Entry("n9", "request", 0, 1, ("bob",))]
    scene.shown.badges["charlie"] = 1
    return scene


@pytest.fixture
def approved(asked: Scene) -> Scene:
    """And Charlie approved it."""
    asked.record.append(intention(8, "charlie", "approve", person="bob"))
    asked.rows.requests.clear()
    asked.rows.follows["bob", "charlie"] = 800.5
    asked.rows.approved.add(("bob", "charlie"))
    asked.rows.groups[9] = replace(asked.rows.groups[9], count=0)
    asked.rows.members[-1] = replace(asked.rows.members[-1], active=False)
    asked.rows.groups[10] = Group(10, "bob", "accept", 0, 1)
    asked.rows.members.append(Member(100, 10, ACCEPTED, delivered_at=801.5))
    asked.rows.counters |= {("person.followers", 3): 1, ("person.following", 2): 2}
    asked.shown.inboxes |= {"charlie": [], "bob": [Entry("n10", "accept", 0, 1, ("charlie",))]}
    asked.shown.badges |= {"charlie": 0, "bob": 1}
    asked.shown.profiles |= {"charlie": (0, 1, 0), "bob": (0, 0, 2)}
    return asked


def test_all_is_well(asked: Scene) -> None:
    assert asked.found() == set()


def test_all_is_well_after_an_approval(approved: Scene) -> None:
    assert approved.found() == set()


def test_a_request_that_is_lost(asked: Scene) -> None:
    asked.rows.requests.clear()
    assert ("LOST", "stored") in asked.found()


def test_a_request_of_which_nobody_is_told(asked: Scene) -> None:
    del asked.rows.members[-1]
    assert ("LOST", "inbox") in asked.found()


def test_a_request_that_is_told_twice(asked: Scene) -> None:
    asked.rows.members.append(replace(asked.rows.members[-1], id=91))
    assert ("DOUBLED", "inbox") in asked.found()


def test_who_follows_without_approval(asked: Scene) -> None:
    asked.rows.requests.clear()
    asked.rows.follows["bob", "charlie"] = 700.5
    assert ("UNCAUSED", "stored") in asked.found()


def test_an_approval_that_is_lost(approved: Scene) -> None:
    approved.rows.follows.pop(("bob", "charlie"))
    approved.rows.requests.add(("bob", "charlie"))
    assert ("LOST", "stored") in approved.found()
    # Unless Bob asked again meanwhile.
    approved.record.append(intention(9, "bob", "follow", "unknown", person="charlie"))
    assert ("LOST", "stored") not in approved.found()


def test_an_approval_of_which_nobody_is_told(approved: Scene) -> None:
    del approved.rows.members[-1]
    assert ("LOST", "inbox") in approved.found()


def test_a_request_that_was_answered_and_is_told_still(approved: Scene) -> None:
    approved.rows.members[-2] = replace(approved.rows.members[-2], active=True)
    assert ("UNDONE", "inbox") in approved.found()


def test_a_follow_that_one_approved_is_not_told(approved: Scene) -> None:
    approved.rows.groups[11] = Group(11, "charlie", "follow", 0, 1)
    follow = Activity("charlie", "follow", 0, "bob")
    approved.rows.members.append(Member(110, 11, follow, delivered_at=802.0))
    assert ("UNDONE", "inbox") in approved.found()


def test_a_refusal_that_is_lost(asked: Scene) -> None:
    asked.record.append(intention(8, "charlie", "refuse", person="bob"))
    assert ("UNDONE", "stored") in asked.found()
    asked.record[-1].outcome, asked.record[-1].tries = "unknown", [Try(800.0, 801.0, None, "timeout")]
    assert asked.found() == set()


def test_a_refusal_after_an_approval_may_have_ended_nothing(approved: Scene) -> None:
    approved.record.append(intention(9, "charlie", "refuse", person="bob"))
    assert ("UNDONE", "stored") not in approved.found()
