"""The checker finds each kind of wrong in records and views written by hand, and none where there is none."""

import ast
from dataclasses import replace

import pytest

from config.env import CHECKOUT
from tests.chaos.checker.activities import Activity
from tests.chaos.checker.arrived import Arrival
from tests.chaos.checker.findings import Kind
from tests.chaos.checker.rows import Delivery, Endpoint, Group, Member, Text
from tests.chaos.checker.shown import Entry
from tests.chaos.checker.world import Disturbance
from tests.chaos.record import Try
from tests.chaos.scene import BOB_LIKES, Scene, intention

PRODUCT = {"config", "socialapp", "reactions", "notifications", "django", "celery"}


@pytest.fixture
def scene() -> Scene:
    return Scene()


def unlike_of_bob(scene: Scene) -> None:
    """In every view but the member rows and what Ada is shown."""
    scene.record.append(intention(7, "bob", "unlike", post=1))
    scene.rows.likes.clear()
    scene.rows.counters["post.likes", 1] = 0
    scene.shown.posts[1] = (0, 1, 1)


def without_likes(scene: Scene) -> None:
    """Nobody's like is in Ada's inbox."""
    scene.rows.members = [replace(m, active=False) if m.activity.kind == "like" else m for m in scene.rows.members]
    scene.rows.groups[1] = Group(1, "ada", "like", 1, 0)
    scene.shown.inboxes["ada"].pop()
    scene.shown.badges["ada"] = 3


def test_it_imports_nothing_of_the_product() -> None:
    for path in (CHECKOUT / "tests" / "chaos" / "checker").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
            ours = [name for name in names if name.split(".")[0] == "tests"]
            assert not {name.split(".")[0] for name in names} & PRODUCT, path
            assert all(name == "tests.chaos.record" or name.startswith("tests.chaos.checker") for name in ours), path


def test_nothing_is_found_where_all_is_well(scene: Scene) -> None:
    report = scene.check()
    assert report.findings == []
    assert report.activities == {"must be": 3, "must not be": 1, "may be": 1}
    assert report.channels["webhook"].sent == report.channels["webhook"].arrived == 5
    assert report.delays_s == {"p50": 0.5, "p99": 0.5, "most": 0.5, "all after the last answer": 0.5}


# --- Accepted and lost ---


def test_a_like_that_is_not_stored(scene: Scene) -> None:
    scene.rows.likes.clear()
    assert ("LOST", "stored") in scene.found()


def test_a_like_that_is_stored_and_not_told(scene: Scene) -> None:
    without_likes(scene)
    report = scene.check()
    assert [(f.kind, f.where, f.lines) for f in report.of(Kind.LOST)] == [
        (Kind.LOST, "inbox", (1,)),
        (Kind.LOST, "shown", (1,)),
    ]


def test_a_like_that_rows_have_and_pages_do_not(scene: Scene) -> None:
    scene.shown.inboxes["ada"].pop()
    scene.shown.badges["ada"] = 3
    assert scene.found() == {("LOST", "shown"), ("BADGE", "shown")}


def test_a_comment_whose_answer_named_an_id_that_is_not_there(scene: Scene) -> None:
    scene.rows.comments.clear()
    assert ("LOST", "stored") in scene.found()


def test_a_post_that_was_accepted_and_is_not_there(scene: Scene) -> None:
    scene.record.append(intention(7, "bob", "post", key="p", answer={"id": 2}))
    assert scene.found() == {("LOST", "stored")}


def test_a_message_that_was_set_aside(scene: Scene) -> None:
    scene.rows.set_aside.append("ReactionAdded")
    assert scene.found() == {("LOST", "inbox")}


def test_what_still_waits(scene: Scene) -> None:
    scene.rows.waiting.append("ReactionAdded")
    assert scene.found() == {("LATE", "inbox")}


def test_a_new_post_that_a_follower_does_not_see(scene: Scene) -> None:
    scene.record.append(intention(7, "ada", "post", key="p", answer={"id": 2}))
    scene.rows.posts[2] = Text(2, "ada", "p", created_at=700.5)
    scene.rows.counters["person.posts", 1] = 2
    scene.shown.profiles["ada"] = (2, 1, 0)
    scene.shown.posts[2] = (0, 0, 0)
    for name in ("ada", "bob"):
        scene.shown.feeds[name].append(2)
    scene.shown.badges["bob"] = 1
    assert scene.found() == {("LOST", "shown"), ("BADGE", "shown")}
    scene.shown.inboxes["bob"].append(Entry("p2", "post", 2, 1, ("ada",)))
    assert scene.found() == set()


# --- Doubled ---


def test_a_activity_that_is_in_an_inbox_twice(scene: Scene) -> None:
    scene.rows.members.append(Member(6, 1, BOB_LIKES))
    assert ("DOUBLED", "inbox") in scene.found()


def test_a_row_of_an_inbox_that_is_there_twice(scene: Scene) -> None:
    scene.rows.groups[5] = Group(5, "ada", "like", 1, 0)
    scene.shown.inboxes["ada"].append(Entry("n5", "like", 1, 1, ("bob",)))
    assert scene.found() == {("DOUBLED", "inbox"), ("DOUBLED", "shown"), ("BADGE", "shown")}


def test_a_comment_that_was_sent_again_and_is_there_twice(scene: Scene) -> None:
    scene.rows.comments[8] = Text(8, "bob", "k", post=1)
    assert {("DOUBLED", "stored"), ("UNCAUSED", "stored")} <= scene.found()


def test_a_like_that_is_stored_twice(scene: Scene) -> None:
    scene.rows.likes["bob", 1] = 2
    scene.rows.counters["post.likes", 1] = 2
    scene.shown.posts[1] = (2, 1, 1)
    assert scene.found() == {("DOUBLED", "stored")}


# --- Appeared without cause ---


def test_what_nobody_did(scene: Scene) -> None:
    scene.rows.members.append(Member(6, 1, Activity("ada", "like", 1, "dora")))
    scene.rows.shares["bob", 1] += 1
    assert {("UNCAUSED", "inbox"), ("UNCAUSED", "stored")} <= scene.found()


def test_what_was_refused_and_is_there(scene: Scene) -> None:
    scene.record.append(intention(7, "bob", "share", "refused", post=1))
    scene.rows.shares["bob", 1] += 1
    assert ("UNCAUSED", "stored") in scene.found()


def test_what_one_does_to_ones_own_post_is_told_to_nobody(scene: Scene) -> None:
    scene.record.append(intention(7, "ada", "like", post=1))
    scene.rows.likes["ada", 1] += 1
    scene.rows.counters["post.likes", 1] = 2
    scene.shown.posts[1] = (2, 1, 1)
    assert scene.found() == set()
    scene.rows.members.append(Member(6, 1, Activity("ada", "like", 1, "ada"), active=False))
    assert ("UNCAUSED", "inbox") in scene.found()


# --- Undone but shown ---


def test_a_like_that_was_taken_back_and_is_shown(scene: Scene) -> None:
    unlike_of_bob(scene)
    report = scene.check()
    assert {(f.kind, f.where, f.lines) for f in report.findings} == {
        (Kind.UNDONE, "inbox", (1, 7)),
        (Kind.UNDONE, "shown", (1, 7, 2, 3)),
    }
    without_likes(scene)
    assert scene.found() == set()


def test_a_deleted_post_that_is_shown(scene: Scene) -> None:
    scene.record.append(intention(7, "ada", "unpost", post=1))
    assert ("UNDONE", "stored") in scene.found()
    scene.rows.posts[1] = replace(scene.rows.posts[1], gone=True)
    assert {("UNDONE", "shown"), ("UNDONE", "feed")} <= scene.found()


def test_of_a_deleted_post_the_rows_stay_and_the_pages_go(scene: Scene) -> None:
    scene.record.append(intention(7, "ada", "unpost", post=1))
    scene.rows.posts[1] = replace(scene.rows.posts[1], gone=True)
    scene.rows.counters["person.posts", 1] = 0
    scene.shown.inboxes["ada"] = [Entry("n4", "follow", 0, 1, ("bob",))]
    scene.shown.badges["ada"] = 1
    # The reply to it stays.
    scene.shown.feeds = {"ada": [], "bob": [7], "charlie": []}
    scene.shown.profiles["ada"] = (0, 1, 0)
    scene.shown.posts[1] = None
    assert scene.found() == set()


def test_an_unfollow_that_is_shown(scene: Scene) -> None:
    scene.record.append(intention(7, "bob", "unfollow", person="ada"))
    assert ("UNDONE", "stored") in scene.found()


# --- What was never answered: either way, but consistent ---


def test_what_was_never_answered_may_be_nowhere(scene: Scene) -> None:
    scene.rows.shares.clear()
    scene.rows.counters["post.shares", 1] = 0
    scene.shown.posts[1] = (1, 0, 1)
    scene.shown.feeds["charlie"] = []
    assert ("TORN", "inbox") in scene.found()
    scene.rows.members[2] = replace(scene.rows.members[2], active=False)
    scene.rows.groups[2] = replace(scene.rows.groups[2], count=0)
    scene.shown.inboxes["ada"].pop(2)
    scene.shown.badges["ada"] = 3
    assert scene.found() == set()


def test_a_comment_that_was_never_answered_is_known_by_its_key(scene: Scene) -> None:
    scene.record[4] = intention(5, "bob", "comment", "unknown", post=1, key="k")
    assert scene.found() == set()


def test_a_request_that_hung_may_be_executed_after_what_came_later(scene: Scene) -> None:
    """Bob liked, gave up on his unlike, and liked again at once, and was told that he does."""
    again = intention(8, "bob", "like", post=1)
    again.tries = [Try(702.0, 703.0, 200)]
    scene.record += [intention(7, "bob", "unlike", "unknown", post=1), again]
    assert scene.found() == set()
    scene.rows.likes.clear()
    scene.rows.counters["post.likes", 1] = 0
    scene.shown.posts[1] = (0, 1, 1)
    without_likes(scene)
    assert scene.found() == set()


def test_but_not_a_minute_after_it_was_given_up(scene: Scene) -> None:
    scene.record += [intention(7, "bob", "unlike", "unknown", post=1), intention(8, "bob", "like", post=1)]
    scene.rows.likes.clear()
    assert ("LOST", "stored") in scene.found()


# --- Who hears ---


def test_a_reply_is_told_to_whom_it_answers_and_to_who_began_the_thread(scene: Scene) -> None:
    """Ada answers Bob below Charlie's post, and names both: the one hears of a reply, the other of a comment."""
    body = "@bob @charlie @ada @nobody mail@bob"
    scene.record += [
        intention(7, "charlie", "post", key="p", answer={"id": 2}),
        intention(8, "bob", "comment", post=2, key="c", answer={"id": 8}),
        intention(9, "ada", "comment", post=8, key="d", answer={"id": 9}),
    ]
    scene.rows.posts[2] = Text(2, "charlie", "p", body="Hello @bob", created_at=700.5)
    scene.rows.comments[8] = Text(8, "bob", "c", post=2, reply_to=2)
    scene.rows.comments[9] = Text(9, "ada", "d", post=2, reply_to=8, body=body)
    told = [f.what for f in scene.check().findings if f.where == "inbox"]
    assert told == [
        "mention of charlie on post 2 to bob",
        "comment of bob on post 2 (comment 8) to charlie",
        "reply of ada on post 8 (comment 9) to bob",
        "comment of ada on post 2 (comment 9) to charlie",
    ]


def test_a_mention_in_a_reply_is_told_to_who_has_not_heard_and_stays_told(scene: Scene) -> None:
    """Charlie answers Bob below Ada's post, names all three, and deletes it."""
    scene.record.append(intention(7, "charlie", "comment", post=7, key="c", answer={"id": 8}))
    scene.rows.comments[8] = Text(8, "charlie", "c", post=1, reply_to=7, body="@ada @bob @charlie")
    assert [f.what for f in scene.check().findings if f.where == "inbox"] == [
        "reply of charlie on post 7 (comment 8) to bob",
        "comment of charlie on post 1 (comment 8) to ada",
    ]
    scene.rows.comments[8] = replace(scene.rows.comments[8], author="bob", body="@charlie")
    scene.record[-1] = intention(7, "bob", "comment", post=7, key="c", answer={"id": 8})
    scene.record.append(intention(8, "bob", "uncomment", post=7, comment=8))
    scene.rows.comments[8] = replace(scene.rows.comments[8], gone=True)
    told = [f.what for f in scene.check().findings if f.where == "inbox"]
    assert told == ["mention of bob on post 8 to charlie"]


def test_who_answers_themselves_is_told_of_by_who_began_the_thread_only(scene: Scene) -> None:
    scene.record.append(intention(7, "bob", "comment", post=7, key="c", answer={"id": 8}))
    scene.rows.comments[8] = Text(8, "bob", "c", post=1, reply_to=7)
    told = [f.what for f in scene.check().findings if f.where == "inbox"]
    assert told == ["comment of bob on post 1 (comment 8) to ada"]


# --- Replies ---


def test_a_reply_that_answers_another_than_it_was_to(scene: Scene) -> None:
    scene.record.append(intention(7, "ada", "comment", post=7, key="c", answer={"id": 8}))
    scene.rows.comments[8] = Text(8, "ada", "c", post=1, reply_to=1)
    assert ("LOST", "stored") in scene.found()
    scene.rows.comments[8] = Text(8, "ada", "c", post=2, reply_to=7)
    assert ("UNCAUSED", "stored") in scene.found()


def replied(scene: Scene) -> None:
    """Ada answers Bob's reply, and all is well."""
    scene.record.append(intention(7, "ada", "comment", post=7, key="c", answer={"id": 8}))
    scene.rows.comments[8] = Text(8, "ada", "c", post=1, reply_to=7)
    scene.rows.members.append(Member(6, 5, Activity("bob", "reply", 7, "ada", 8), delivered_at=701.5))
    scene.rows.groups[5] = Group(5, "bob", "reply", 7, 1)
    scene.rows.counters["post.comments", 7] = 1
    scene.shown.inboxes["bob"].append(Entry("n5", "reply", 7, 1, ("ada",)))
    scene.shown.badges["bob"] = 1
    scene.shown.posts |= {7: (0, 0, 1), 8: (0, 0, 0)}
    scene.shown.feeds["bob"].append(8)


def test_a_reply_counts_for_what_it_answers_and_not_for_the_thread(scene: Scene) -> None:
    replied(scene)
    assert scene.found() == set()
    scene.rows.counters["post.comments", 1] = 2
    assert scene.found() == {("COUNT", "stored")}


def test_a_reply_is_in_the_feeds_of_who_follows_both(scene: Scene) -> None:
    """Bob follows Ada and is whom she answers; of Ada's own feed it is, but what Bob said is not."""
    replied(scene)
    scene.shown.feeds["charlie"].append(8)
    assert scene.found() == {("UNDONE", "feed")}
    scene.shown.feeds["charlie"].remove(8)
    scene.shown.feeds["bob"].remove(8)
    assert scene.found() == {("LOST", "feed")}


def test_a_reply_that_was_liked_and_shared(scene: Scene) -> None:
    scene.record.append(intention(7, "charlie", "like", post=7))
    scene.rows.likes["charlie", 7] += 1
    scene.rows.counters["post.likes", 7] = 1
    scene.shown.posts[7] = (1, 0, 0)
    assert scene.found() == {("LOST", "inbox"), ("LOST", "shown")}


def test_one_key_is_of_one_text_be_it_a_post_or_a_reply(scene: Scene) -> None:
    scene.rows.posts[8] = Text(8, "bob", "k")
    assert ("DOUBLED", "stored") in scene.found()


def test_whom_one_blocks_one_hears_nothing_of(scene: Scene) -> None:
    scene.record.append(intention(7, "ada", "block", person="bob"))
    scene.rows.blocks.add(("ada", "bob"))
    found = scene.found()
    assert {("UNDONE", "stored"), ("UNDONE", "inbox")} <= found
    for number in (0, 3, 4):
        scene.rows.members[number] = replace(scene.rows.members[number], active=False, withheld="blocked")
    for group in (1, 3, 4):
        scene.rows.groups[group] = replace(scene.rows.groups[group], count=0)
    scene.rows.follows.clear()
    scene.rows.counters |= {("person.followers", 1): 0, ("person.following", 2): 0}
    scene.shown.inboxes["ada"] = [Entry("n2", "share", 1, 1, ("charlie",))]
    scene.shown.badges["ada"] = 1
    scene.shown.profiles |= {"ada": (1, 0, 0), "bob": (0, 0, 0)}
    scene.shown.feeds["bob"] = []
    assert scene.found() == set()
    scene.shown.feeds["bob"] = [1]
    assert scene.found() == {("UNDONE", "feed")}


def test_a_block_that_was_accepted_and_is_not_there(scene: Scene) -> None:
    scene.record.append(intention(7, "ada", "block", person="charlie"))
    assert ("LOST", "stored") in scene.found()
    scene.record.append(intention(8, "ada", "unblock", person="charlie"))
    assert scene.found() == set()
    scene.rows.blocks.add(("ada", "charlie"))
    assert ("UNDONE", "stored") in scene.found()


def test_a_follow_after_the_block_ended_stands_and_one_at_that_moment_may(scene: Scene) -> None:
    scene.record += [
        intention(7, "ada", "block", person="bob"),
        intention(8, "ada", "unblock", person="bob"),
        intention(9, "bob", "follow", person="ada"),
    ]
    assert scene.found() == set()
    # It began first, was tried again, and was accepted last.
    scene.record[-1].begun_at = 650.0
    assert scene.found() == set()
    scene.record[-1].tries = [Try(650.0, 700.5, 200)]
    assert scene.found() == set()
    scene.record[-1].tries = [Try(650.0, 651.0, 200)]
    assert ("UNDONE", "stored") in scene.found()


def test_what_somebody_can_do_to_a_post_of_who_blocked_them(scene: Scene) -> None:
    """Charlie never got through with his share, and Bob unblocked nobody."""
    scene.record += [
        intention(7, "bob", "block", person="charlie"),
        intention(8, "charlie", "like", post=7),
        intention(9, "charlie", "unlike", post=7),
    ]
    scene.rows.blocks.add(("bob", "charlie"))
    assert scene.found() == {("UNCAUSED", "stored")}
    liked = scene.record[-2]
    scene.record[-2] = intention(8, "charlie", "like", "refused", post=7)
    assert scene.found() == set()
    # It was stored before the block, and got no answer; this one is to the same, sent again.
    liked.tries.insert(0, Try(600.0, 601.0, None, "timeout"))
    scene.record[-2] = liked
    assert scene.found() == set()


# --- Reading ---


def test_what_was_read_and_is_shown_as_unread(scene: Scene) -> None:
    scene.rows.groups[1] = replace(scene.rows.groups[1], seq=3)
    scene.record.append(intention(7, "ada", "read", "refused", ids=["n1"], until="3.0.0"))
    assert scene.found() == set()
    scene.record[-1] = intention(7, "ada", "read", "unknown", ids=["n1"], until="3.0.0")
    assert scene.found() == set()
    scene.record[-1] = intention(7, "ada", "read", ids=["n2"], until="3.0.0")
    assert scene.found() == {("LOST", "shown")}
    scene.rows.groups[2] = replace(scene.rows.groups[2], seq=4)
    assert scene.found() == set()
    scene.record[-1] = intention(7, "ada", "read", until="3.0.0")
    assert scene.found() == {("LOST", "shown")}


def test_what_is_shown_as_read_and_was_not(scene: Scene) -> None:
    scene.rows.groups[1] = replace(scene.rows.groups[1], seq=3, unread=False)
    scene.shown.inboxes["ada"][3] = replace(scene.shown.inboxes["ada"][3], unread=False)
    scene.shown.badges["ada"] = 3
    assert scene.found() == {("UNCAUSED", "shown")}
    scene.record.append(intention(7, "ada", "read", ids=["n1"], until="2.0.0"))
    assert scene.found() == {("UNCAUSED", "shown")}
    scene.record.append(intention(8, "ada", "read", ids=["n1"], until="3.0.0"))
    assert scene.found() == set()


# --- Numbers ---


def test_a_badge_that_is_not_that_of_the_rows(scene: Scene) -> None:
    scene.shown.badges["ada"] = 5
    assert scene.found() == {("BADGE", "shown")}


def test_counts_that_drifted(scene: Scene) -> None:
    scene.rows.counters["post.likes", 1] = 2
    assert scene.found() == {("COUNT", "stored")}
    scene.shown.posts[1] = (2, 1, 1)
    assert scene.found() == {("COUNT", "stored"), ("COUNT", "shown")}


def test_a_group_that_says_more_people_than_it_has(scene: Scene) -> None:
    scene.rows.groups[1] = replace(scene.rows.groups[1], count=2)
    scene.shown.inboxes["ada"][3] = Entry("n1", "like", 1, 2, ("bob",))
    assert scene.found() == {("COUNT", "inbox"), ("COUNT", "shown")}


def test_an_entry_that_names_who_took_it_back(scene: Scene) -> None:
    scene.shown.inboxes["ada"][3] = Entry("n1", "like", 1, 1, ("charlie",))
    assert scene.found() == {("UNDONE", "shown")}


# --- Channels, each by its promise ---


@pytest.mark.parametrize(("endpoint", "channel"), [(1, "email"), (2, "push"), (3, "webhook")])
def test_what_never_arrived(scene: Scene, endpoint: int, channel: str) -> None:
    scene.arrived.by_endpoint[endpoint].pop()
    report = scene.check()
    assert [(f.kind, f.where, f.lines) for f in report.findings] == [(Kind.LOST, channel, (6,))]


def test_what_no_delivery_tells_of_or_two_do(scene: Scene) -> None:
    scene.rows.deliveries[0] = replace(scene.rows.deliveries[0], first=2, last=2)
    assert scene.found() == {("LOST", "email"), ("DOUBLED", "email")}


def test_what_waits_or_was_given_up(scene: Scene) -> None:
    scene.rows.deliveries[10] = replace(scene.rows.deliveries[10], state="waiting")
    scene.rows.deliveries[11] = replace(scene.rows.deliveries[11], state="dead", reason="expired")
    scene.rows.deliveries[12] = replace(scene.rows.deliveries[12], state="dead", reason="mail_refused")
    assert scene.found() == {("LATE", "webhook"), ("LOST", "webhook")}


def test_what_was_taken_back_need_not_be_told_and_nothing_else(scene: Scene) -> None:
    def suppress(member: int, reason: str) -> None:
        index = 10 + member - 1
        scene.rows.deliveries[index] = replace(scene.rows.deliveries[index], state="suppressed", reason=reason)

    for reason in ("taken_back", "muted"):  # as another one in the same delivery, whose actor was blocked
        suppress(2, reason)
        assert scene.found() == set()
    for reason in ("taken_back", "muted"):
        suppress(1, reason)
        assert scene.found() == {("LOST", "webhook")}


def test_likes_of_strangers_need_not_leave_the_house_but_by_webhook(scene: Scene) -> None:
    for index in (0, 5):
        scene.rows.deliveries[index] = replace(scene.rows.deliveries[index], state="suppressed", reason="not_wanted")
    assert scene.found() == set()
    scene.rows.deliveries[10] = replace(scene.rows.deliveries[10], state="suppressed", reason="not_wanted")
    assert scene.found() == {("LOST", "webhook")}


def test_a_webhook_and_a_push_may_come_again_under_their_id(scene: Scene) -> None:
    for endpoint in (2, 3):
        scene.arrived.by_endpoint[endpoint].append(scene.arrived.by_endpoint[endpoint][0])
    report = scene.check()
    assert report.findings == []
    assert report.channels["webhook"].again == report.channels["push"].again == 1


def test_a_mail_comes_again_only_if_something_died(scene: Scene) -> None:
    scene.arrived.by_endpoint[1].append(Arrival(11, at=760.0))
    assert scene.found() == {("DOUBLED", "email")}
    scene.disturbances = [Disturbance("kill-worker-outside", 730.0, 731.0)]
    assert scene.found() == set()
    scene.disturbances = [Disturbance("kill-worker-outside", 100.0, 101.0)]
    assert scene.found() == {("DOUBLED", "email")}


def test_what_arrives_without_cause(scene: Scene) -> None:
    scene.arrived.by_endpoint[3].append(Arrival(99, group="n1", people=("bob",)))
    scene.arrived.by_endpoint[3][0] = Arrival(31, group="n1", people=("dora",))
    scene.arrived.refused.append("a wrong signature")
    assert scene.found() == {("UNCAUSED", "webhook"), ("DOUBLED", "webhook")}


def test_liked_again_it_is_not_told_again(scene: Scene) -> None:
    """Two people ever liked the post, so two versions of that row may be told; three are one too many."""
    scene.rows.deliveries.append(replace(scene.rows.deliveries[10], id=60, first=60, last=60, bundle=60))
    scene.arrived.by_endpoint[3].append(Arrival(60, group="n1", people=("bob",)))
    assert scene.found() == {("DOUBLED", "webhook")}


def test_a_push_of_a_version_that_the_next_one_took_over_had_a_cause(scene: Scene) -> None:
    scene.arrived.by_endpoint[2].append(Arrival(20, group="n1", tag="n1", topic="n1"))
    del scene.arrived.by_endpoint[2][0]
    scene.rows.deliveries[5] = replace(scene.rows.deliveries[5], first=1, last=2, bundle=22)
    del scene.rows.deliveries[6]
    assert scene.found() == set()
    scene.arrived.by_endpoint[2].append(Arrival(19, group="n9", tag="n9", topic="n9"))
    assert scene.found() == {("UNCAUSED", "push")}


def test_whose_bell_is_on_is_told_of_each_post_once(scene: Scene) -> None:
    scene.rows.endpoints[4] = Endpoint(4, "bob", "webhook", "http://fake/b")
    scene.rows.bells["bob", "ada"] = 60.0
    assert scene.found() == set()
    scene.rows.bells["bob", "ada"] = 40.0
    assert scene.found() == {("LOST", "webhook")}
    told = Delivery(40, 4, 0, 0, 0, "sent", bundle=40, post=1)
    scene.rows.deliveries.append(told)
    scene.arrived.by_endpoint[4] = [Arrival(40, group="p1", people=("ada",))]
    assert scene.found() == set()
    scene.rows.deliveries.append(replace(told, id=41))
    assert scene.found() == {("DOUBLED", "webhook")}


def test_of_one_row_one_push_is_visible(scene: Scene) -> None:
    scene.arrived.by_endpoint[2][0] = Arrival(21, group="n1", tag="n1", topic="another")
    assert scene.found() == {("DOUBLED", "push")}


def test_the_report_reads_as_words(scene: Scene) -> None:
    scene.shown.badges["ada"] = 5
    said = str(scene.check())
    assert "     2  badge ≠ rows" in said
    assert "ada's badge says 5; unread rows: 4" in said
    assert "0  accepted and lost" in said
    assert "email       5 sent, 0 withheld, 0 dead, 0 waiting, 5 arrived, 0 again" in said


def test_a_request_that_was_answered_at_the_second_try_is_accepted(scene: Scene) -> None:
    scene.record[0].tries = [Try(100.0, 100.4, error="timeout"), Try(100.5, 101.0, 200)]
    assert scene.found() == set()
    without_likes(scene)
    assert ("LOST", "inbox") in scene.found()
