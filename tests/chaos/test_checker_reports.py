"""The checker finds reports to the moderators that are lost, doubled, or without what they are about."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.chaos.checker.activities import Activity
from tests.chaos.checker.filed import Case, Filed, Notice
from tests.chaos.checker.rows import Group, Member
from tests.chaos.checker.shown import Entry
from tests.chaos.scene import Scene, intention


@pytest.fixture
def scene() -> Scene:
    """Bob reports Ada's post, and Charlie reports Ada."""
    scene = Scene()
    scene.record += [
        intention(7, "bob", "report", post=1, person="ada", key="bob-1", answer={"id": 1}),
        intention(8, "charlie", "report", person="ada", key="charlie-1", answer={"id": 2}),
    ]
    scene.rows.posts[1] = replace(scene.rows.posts[1], body="Good morning")
    scene.rows.filed = [
        Filed(1, "bob", "ada", "Report bob-1", 1, evidence=((1, "Good morning"),)),
        Filed(2, "charlie", "ada", "Report charlie-1", 1, evidence=((0, "Ada (@ada)"),)),
    ]
    scene.rows.cases = [Case(1, "ada")]
    return scene


def test_all_is_well(scene: Scene) -> None:
    assert scene.found() == set()


def test_a_report_that_is_lost(scene: Scene) -> None:
    del scene.rows.filed[0]
    assert scene.found() == {("LOST", "stored")}
    scene.record[-2] = intention(7, "bob", "report", "unknown", post=1, person="ada", key="bob-1")
    assert scene.found() == set()


def test_a_report_that_is_stored_twice(scene: Scene) -> None:
    scene.rows.filed.append(replace(scene.rows.filed[0], id=3))
    assert scene.found() == {("DOUBLED", "stored")}


def test_another_report_than_the_one_that_was_answered(scene: Scene) -> None:
    scene.rows.filed[0] = replace(scene.rows.filed[0], id=3)
    assert scene.found() == {("LOST", "stored")}


def test_a_report_that_nobody_made_or_that_was_refused(scene: Scene) -> None:
    scene.record[-2] = intention(7, "bob", "report", "refused", post=1, person="ada", key="bob-1")
    assert scene.found() == {("UNCAUSED", "stored")}
    del scene.record[-2]
    assert scene.found() == {("UNCAUSED", "stored")}


@pytest.mark.parametrize("evidence", [(), ((1, "Good"),), ((0, "Ada (@ada)"),), ((1, "Good morning"), (7, ""))])
def test_a_report_without_what_it_is_about(scene: Scene, evidence: tuple[tuple[int, str], ...]) -> None:
    scene.rows.filed[0] = replace(scene.rows.filed[0], evidence=evidence)
    assert scene.found() == {("LOST", "stored")}


def test_a_report_in_the_case_of_another(scene: Scene) -> None:
    scene.rows.filed[0] = replace(scene.rows.filed[0], person="charlie", case=2)
    scene.rows.cases.append(Case(2, "charlie"))
    assert scene.found() == {("UNCAUSED", "stored")}


def test_of_one_person_one_case_is_open_while_a_report_is(scene: Scene) -> None:
    scene.rows.cases.append(Case(2, "ada"))
    assert scene.found() == {("DOUBLED", "stored")}
    scene.rows.cases = [Case(1, "ada", is_open=False)]
    assert scene.found() == {("LOST", "stored")}
    scene.rows.cases = [Case(1, "ada"), Case(2, "bob")]
    assert scene.found() == {("UNCAUSED", "stored")}


def test_a_report_of_a_text_that_was_never_for_its_reporter(scene: Scene) -> None:
    scene.rows.posts[1] = replace(scene.rows.posts[1], visibility="direct")
    found = [finding.what for finding in scene.check().findings]
    assert "bob could report text 1, which was not for them" in found


@pytest.fixture
def judged(scene: Scene) -> Scene:
    """A moderator warns Ada, so that both reports are decided, and all three are told."""
    scene.record.append(intention(9, "mona", "warn", case=1))
    scene.rows.acts = Counter({("warn", 1): 1})
    scene.rows.cases = [Case(1, "ada", is_open=False)]
    scene.rows.filed = [replace(filed, is_open=False) for filed in scene.rows.filed]
    scene.rows.notices = [Notice(1, "ada", verb="warn", case=1), Notice(2, "bob", 1), Notice(3, "charlie", 2)]
    for notice in scene.rows.notices:
        group = 10 + notice.id
        scene.rows.groups[group] = Group(group, notice.person, "moderation", 0, 1)
        scene.rows.members.append(Member(group, group, Activity(notice.person, "moderation", 0, "", notice.id)))
        scene.shown.inboxes[notice.person].append(Entry(f"n{group}", "moderation", 0, 1, ("",)))
        scene.shown.badges[notice.person] += 1
    return scene


def test_all_is_well_once_a_moderator_decided(judged: Scene) -> None:
    assert judged.found() == set()


def test_an_act_that_is_lost_doubled_or_by_nobody(judged: Scene) -> None:
    judged.rows.acts["dismiss", 2] = 1
    assert judged.found() == {("UNCAUSED", "stored")}
    judged.rows.acts = Counter()
    assert ("LOST", "stored") in judged.found()
    judged.rows.acts["warn", 1] = 2
    assert ("DOUBLED", "stored") in judged.found()


def test_an_act_after_which_the_case_is_open(judged: Scene) -> None:
    judged.rows.cases = [Case(1, "ada")]
    assert ("LOST", "stored") in judged.found()


@pytest.mark.parametrize("number", [0, 1])
def test_who_is_not_told_what_was_decided_or_twice(judged: Scene, number: int) -> None:
    notice = judged.rows.notices[number]
    judged.rows.notices.append(replace(notice, id=4))
    assert {("DOUBLED", "stored"), ("LOST", "inbox")} <= judged.found()
    judged.rows.notices = [other for other in judged.rows.notices if other.person != notice.person]
    assert {("LOST", "stored"), ("UNCAUSED", "inbox")} <= judged.found()


def test_a_notice_that_is_in_no_inbox(judged: Scene) -> None:
    del judged.rows.members[-1]
    assert ("LOST", "inbox") in judged.found()
