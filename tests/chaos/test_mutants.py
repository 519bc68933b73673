"""The checker is checked: it catches each mutant of the product, in a scene in which the product itself is well."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from config.env import CHECKOUT
from tests.chaos.checker.findings import Kind
from tests.chaos.record import Verb
from tests.chaos.stage import PATIENCE_S, Stage, open_stage

pytestmark = pytest.mark.slow


def ring_is_lost(stage: Stage) -> None:
    """The web process dies between its commit and its ring. Bob says it again, and hears that he likes it."""
    like = stage.begin("bob", "like", post=stage.post)
    with stage.dying_at("web-commit"):
        assert not stage.try_once(like)
    while not stage.try_once(like):
        time.sleep(0.2)
    stage.record.end(like)
    stage.rest(patience_s=12)


def told_twice(stage: Stage) -> None:
    """Bob likes, takes it back, and likes again; each time it takes effect before he goes on."""
    verbs: tuple[Verb, ...] = ("like", "unlike", "like")
    for verb in verbs:
        stage.do("bob", verb, post=stage.post)
        stage.rest()


def worker_dies_between(stage: Stage) -> None:
    """Having claimed Bob's like, and before it had an effect."""
    with stage.dying_at("worker-dispatch") as wait:
        stage.do("bob", "like", post=stage.post)
        wait()
    stage.rest()


def drains_overtake(stage: Stage) -> None:
    """One worker hangs with Bob's like in hand, while he takes it back."""
    with stage.hanging_at("worker-dispatch") as wait:
        stage.do("bob", "like", post=stage.post)
        wait()
        stage.do("bob", "unlike", post=stage.post)
        stage.rest(patience_s=6, left=1)
    stage.rest()


def sender_hangs(stage: Stage) -> None:
    """The mail server has taken the mail, and that is not written down yet; sweeps look for what is due meanwhile."""
    stage.do("bob", "comment", post=stage.post)
    stage.rest()
    with stage.hanging_at("send-sent") as wait:
        stage.let_time_pass()
        wait()
        stage.until(lambda: stage.mails() > 1, patience_s=6)
    stage.until_sent()


def commit_is_late(stage: Stage) -> None:
    """Bob's post mentions Ada; before it is committed, Charlie's like is, and has its effect."""
    posting = threading.Thread(target=stage.do, args=["bob", "post", "Good morning @ada"])
    with stage.hanging_at("web-write") as wait:
        posting.start()
        wait()
        stage.do("charlie", "like", post=stage.post)
        stage.rest()
        assert posting.is_alive(), "Bob's post did not wait for Charlie's like."
    posting.join()
    stage.rest(patience_s=6)


def stored_together(stage: Stage) -> None:
    """Each web process is about to store a like, and more come meanwhile: some by Charlie, who is blocked by Ada."""
    stage.do("ada", "block", person="charlie")
    for number in range(5):
        stage.do("ada", "post", f"No. {number}")
    stage.rest()
    likes = [stage.begin(name, "like", post=post) for post in stage.posts for name in ("bob", "charlie")]
    with ThreadPoolExecutor(len(likes)) as clients:
        with stage.hanging_at("web-store"):
            answers = [clients.submit(stage.try_once, like) for like in likes]
            # After a second they would go alone. Mutants wait longer, and need a batch that has both in it.
            time.sleep(4 if stage.mutant else 0.7)
        for like, answer in zip(likes, answers, strict=True):
            assert answer.result()
            stage.record.end(like)
    stage.rest()


def web_dies_once_it_answered(stage: Stage) -> None:
    """Bob hears that his like is stored, and at once all of web is killed."""
    stage.do("bob", "like", post=stage.post)
    assert stage.world.crew.kill_all("web")
    stage.until(stage.world.is_ready, patience_s=PATIENCE_S)
    stage.rest()


def posts_for_few(stage: Stage) -> None:
    """Ada has a bell for Bob, who writes to Charlie alone; and Charlie answers Bob alone, below Ada's post."""
    stage.do("ada", "follow", person="bob")
    stage.ring("ada", "bob")
    stage.do("bob", "post", "Good morning @charlie", visibility="direct")
    reply = stage.do("bob", "comment", post=stage.post)
    assert reply.answer
    stage.do("charlie", "comment", post=reply.answer["id"], visibility="direct")
    stage.rest()
    stage.let_time_pass()
    stage.until_sent()


def report_is_said_again(stage: Stage) -> None:
    """Bob reports Ada's post, hears nothing, and says it again."""
    report = stage.begin("bob", "report", post=stage.post, person="ada")
    assert stage.try_once(report)
    report.tries[0].status, report.tries[0].error = None, "timeout"
    assert stage.try_once(report)
    stage.record.end(report)
    stage.do("bob", "like", post=stage.post)
    stage.rest()


@dataclass(frozen=True)
class Case:
    """A mutant, the roles that it spoils, where it shows, and what the checker must say then."""

    mutant: str
    roles: tuple[str, ...]
    scene: Callable[[Stage], None]
    kind: Kind
    where: str


CASES = [
    Case("no_sweep", ("beat",), ring_is_lost, Kind.LOST, "inbox"),
    Case("message_outside", ("web",), ring_is_lost, Kind.LOST, "inbox"),
    Case("two_transactions", ("worker",), worker_dies_between, Kind.LOST, "inbox"),
    Case("no_lock", ("worker",), drains_overtake, Kind.UNDONE, "inbox"),
    Case("cursor", ("worker",), commit_is_late, Kind.LOST, "inbox"),
    Case("no_lease", ("worker-outside",), sender_hangs, Kind.DOUBLED, "email"),
    Case("answers_early", ("web",), web_dies_once_it_answered, Kind.LOST, "inbox"),
    Case("batch_forgets", ("web",), stored_together, Kind.LOST, "stored"),
    Case("batch_mixes", ("web",), stored_together, Kind.UNCAUSED, "stored"),
    Case("no_unique_key", ("worker",), told_twice, Kind.DOUBLED, "inbox"),
    Case("hears_of_all", ("web", "worker", "worker-outside"), posts_for_few, Kind.UNCAUSED, "inbox"),
    Case("reports_again", ("web",), report_is_said_again, Kind.DOUBLED, "stored"),
]
SCENES = list(dict.fromkeys(case.scene for case in CASES))


def test_each_mutant_has_a_case_and_is_told_of() -> None:
    folder = CHECKOUT / "tests" / "chaos" / "mutants"
    mutants = {path.stem for path in folder.glob("*.py") if "def apply()" in path.read_text()}
    assert {case.mutant for case in CASES} == mutants
    said = (CHECKOUT / "docs" / "chaos.md").read_text()
    assert {name for name in mutants if f"| `{name}`" in said} == mutants


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_of_the_product_itself_nothing_is_found(stage: Stage, scene: Callable[[Stage], None]) -> None:
    stage.spoil("")
    stage.open_scene()
    scene(stage)
    stage.let_time_pass()
    stage.until_sent()
    report = stage.close_scene()
    assert report.findings == [], str(report)
    assert report.activities


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.mutant)
def test_a_mutant_is_caught(stage: Stage, case: Case) -> None:
    stage.spoil(case.mutant, *case.roles)
    stage.open_scene()
    case.scene(stage)
    report = stage.close_scene()
    assert (case.kind, case.where) in {(finding.kind, finding.where) for finding in report.findings}, str(report)
