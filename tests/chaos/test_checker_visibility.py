"""The checker finds who hears of what was never for them, and who does not hear of what is."""

from dataclasses import replace

import pytest

from tests.chaos.checker.activities import Activity
from tests.chaos.checker.arrived import Arrival
from tests.chaos.checker.rows import Delivery, Endpoint, Group, Member, Text
from tests.chaos.checker.shown import Entry
from tests.chaos.record import Intention, Try
from tests.chaos.scene import Scene, intention

WRITTEN = 701.5


@pytest.fixture
def scene() -> Scene:
    return Scene()


def write(scene: Scene, visibility: str, body: str = "Post ada-1") -> None:
    """Ada writes post 2, and all is well: Bob follows her and has it as new, if followers have it at all."""
    scene.record.append(intention(7, "ada", "post", key="ada-1", visibility=visibility, answer={"id": 2}))
    scene.rows.posts[2] = Text(2, "ada", "ada-1", body=body, created_at=WRITTEN, visibility=visibility)
    scene.shown.posts[2] = None
    scene.shown.looks = {("ada", 2): (0, 0, 0), ("charlie", 2): None}
    if visibility == "followers":
        scene.rows.counters["person.posts", 1] = 2
        scene.shown.profiles["ada"] = (2, 1, 0)
        scene.shown.feeds["ada"].append(2)
        scene.shown.feeds["bob"].append(2)
        scene.shown.inboxes["bob"].append(Entry("p2", "post", 2, 1, ("ada",), keys=("ada-1",)))
        scene.shown.badges["bob"] = 1


def like(scene: Scene, who: str, n: int = 8) -> Intention:
    """Post 2, stored and told."""
    scene.record.append(intention(n, who, "like", post=2))
    scene.rows.likes[who, 2] = 1
    scene.rows.counters["post.likes", 2] = 1
    scene.rows.groups[5] = Group(5, "ada", "like", 2, 1)
    scene.rows.members.append(Member(6, 5, Activity("ada", "like", 2, who)))
    scene.shown.inboxes["ada"].append(Entry("n5", "like", 2, 1, (who,)))
    scene.shown.badges["ada"] = 5
    scene.shown.looks["ada", 2] = (1, 0, 0)
    return scene.record[-1]


@pytest.mark.parametrize("visibility", ["followers", "direct"])
def test_all_is_well(scene: Scene, visibility: str) -> None:
    write(scene, visibility)
    assert scene.found() == set()


def test_a_text_that_is_for_others_than_it_was_to_be(scene: Scene) -> None:
    write(scene, "followers")
    scene.rows.posts[2] = replace(scene.rows.posts[2], visibility="public")
    assert scene.found() == {("LOST", "stored")}


def test_a_reply_is_for_as_many_as_what_it_answers_and_no_more(scene: Scene) -> None:
    write(scene, "followers")
    scene.record.append(intention(8, "ada", "comment", post=2, key="ada-2", answer={"id": 8}))
    scene.rows.comments[8] = Text(8, "ada", "ada-2", post=2, reply_to=2, created_at=801.5, visibility="followers")
    scene.shown.looks["ada", 2] = (0, 0, 1)
    scene.shown.posts[8] = None
    scene.shown.feeds["ada"].append(8)
    scene.shown.feeds["bob"].append(8)
    assert scene.found() == set()
    scene.record[-1].visibility = "public"
    scene.rows.comments[8] = replace(scene.rows.comments[8], visibility="public")
    assert ("UNCAUSED", "stored") in scene.found()


def test_who_is_shown_what_is_not_for_them_and_who_is_not_shown_what_is(scene: Scene) -> None:
    write(scene, "followers")
    scene.shown.looks["charlie", 2] = (0, 0, 0)
    assert scene.found() == {("UNDONE", "shown")}
    scene.shown.looks = {("bob", 2): None}
    assert scene.found() == {("LOST", "shown")}
    scene.shown.looks = {("bob", 2): (0, 0, 1)}
    assert scene.found() == {("COUNT", "shown")}
    scene.shown.looks = {}
    scene.shown.posts[2] = (0, 0, 0)
    assert scene.found() == {("UNDONE", "shown")}


def test_a_new_post_for_few_is_new_to_no_follower(scene: Scene) -> None:
    write(scene, "direct")
    scene.shown.inboxes["bob"].append(Entry("p2", "post", 2, 1, ("ada",)))
    scene.shown.badges["bob"] = 1
    assert {("UNDONE", "shown"), ("UNCAUSED", "shown")} <= scene.found()


def test_who_is_mentioned_hears_and_nobody_else(scene: Scene) -> None:
    write(scene, "direct", "Post ada-1 @charlie")
    scene.shown.looks["charlie", 2] = (0, 0, 0)
    assert scene.found() == {("LOST", "inbox"), ("LOST", "shown")}
    mention = Activity("charlie", "mention", 2, "ada")
    scene.rows.groups[5] = Group(5, "charlie", "mention", 2, 1)
    scene.rows.members.append(Member(6, 5, mention))
    scene.shown.inboxes["charlie"] = [Entry("n5", "mention", 2, 1, ("ada",), keys=("ada-1",))]
    scene.shown.badges["charlie"] = 1
    assert scene.found() == set()
    scene.rows.members.append(Member(7, 5, replace(mention, recipient="bob"), active=False))
    found = [f"{finding.what}" for finding in scene.check().findings]
    assert "bob hears of text 2, which was never for them: mention of ada on post 2 to bob" in found


def test_who_began_a_thread_hears_of_a_reply_only_if_they_may_see_it(scene: Scene) -> None:
    """Charlie answers Bob, below Ada's post, and names Ada or does not."""
    said = intention(7, "charlie", "comment", post=7, key="charlie-1", visibility="direct", answer={"id": 8})
    scene.record.append(said)
    reply = Text(8, "charlie", "charlie-1", post=1, reply_to=7, created_at=WRITTEN, visibility="direct")
    scene.rows.comments[8] = reply
    told = [f.what for f in scene.check().findings if f.where == "inbox"]
    assert told == ["reply of charlie on post 7 (comment 8) to bob"]
    scene.rows.comments[8] = replace(reply, body="@ada @bob")
    told = [f.what for f in scene.check().findings if f.where == "inbox"]
    assert told == ["reply of charlie on post 7 (comment 8) to bob", "mention of charlie on post 8 to ada"]
    scene.rows.comments[8] = reply
    scene.rows.members.append(Member(9, 3, Activity("ada", "comment", 1, "charlie", 8)))
    told = [f.what for f in scene.check().findings if "never for them" in f.what]
    assert told == ["ada hears of text 8, which was never for them: comment of charlie on post 1 (comment 8) to ada"]


def test_the_words_of_what_was_never_for_somebody(scene: Scene) -> None:
    write(scene, "direct")
    scene.shown.inboxes["ada"][0] = replace(scene.shown.inboxes["ada"][0], keys=("ada-1", "dora-1"))
    assert scene.found() == set()
    scene.rows.endpoints[4] = Endpoint(4, "bob", "webhook", "http://fake/b", created_at=WRITTEN)
    scene.rows.bells["bob", "ada"] = 650.0
    scene.rows.deliveries.append(Delivery(40, 4, 0, 0, 0, "suppressed", "not_visible", bundle=40, post=2))
    scene.arrived.by_endpoint[4] = [Arrival(40, keys=("ada-1",))]
    assert scene.found() == {("UNCAUSED", "webhook")}
    scene.arrived.by_endpoint[4] = []
    assert scene.found() == set()
    scene.rows.deliveries[-1] = replace(scene.rows.deliveries[-1], state="sent")
    assert scene.found() == {("UNCAUSED", "webhook"), ("LOST", "webhook")}


def test_whose_bell_is_on_is_told_of_what_followers_may_see(scene: Scene) -> None:
    scene.rows.endpoints[4] = Endpoint(4, "bob", "webhook", "http://fake/b", created_at=WRITTEN)
    scene.rows.bells["bob", "ada"] = 650.0
    write(scene, "followers")
    assert scene.found() == {("LOST", "webhook")}
    scene.rows.deliveries.append(Delivery(40, 4, 0, 0, 0, "sent", bundle=40, post=2))
    scene.arrived.by_endpoint[4] = [Arrival(40, group="p2", people=("ada",), keys=("ada-1",))]
    assert scene.found() == set()
    scene.arrived.by_endpoint[4] = []
    scene.rows.deliveries[-1] = replace(scene.rows.deliveries[-1], state="suppressed", reason="not_visible")
    assert scene.found() == {("LOST", "webhook")}


def test_what_followers_may_see_is_heard_by_who_followed_at_some_moment(scene: Scene) -> None:
    """Charlie followed and no longer does: whether the post or the end of it came first is not known, or is."""
    write(scene, "followers")
    like(scene, "charlie")
    assert scene.found() == {("UNCAUSED", "stored")}
    followed, ended = intention(1, "charlie", "follow", person="ada"), intention(9, "charlie", "unfollow", person="ada")
    scene.record += [followed, ended]
    assert scene.found() == set()
    ended.tries = [Try(701.2, 701.8, 200)]
    scene.record[-3].tries = [Try(701.6, 702.0, 200)]
    assert scene.found() == set()
    ended.tries = [Try(700.2, 701.0, 200)]
    assert scene.found() == {("UNCAUSED", "stored")}
    ended.tries, ended.outcome = [Try(700.2, 701.0, error="timeout")], "unknown"
    assert scene.found() == set()


def test_a_block_ends_what_a_follow_opened(scene: Scene) -> None:
    write(scene, "followers")
    liked = like(scene, "charlie", 12)
    scene.record += [
        intention(1, "charlie", "follow", person="ada"),
        intention(2, "ada", "block", person="charlie"),
        intention(3, "ada", "unblock", person="charlie"),
    ]
    assert ("UNCAUSED", "stored") in scene.found()
    liked.tries.insert(0, Try(150.0, 151.0, error="timeout"))
    assert ("UNCAUSED", "stored") in scene.found(), "It was not written then."


def test_what_is_not_for_everybody_cannot_be_shared(scene: Scene) -> None:
    write(scene, "followers")
    scene.record.append(intention(8, "ada", "share", post=2))
    scene.rows.shares["ada", 2] = 1
    scene.rows.counters["post.shares", 2] = 1
    assert ("UNCAUSED", "stored") in scene.found()


def test_who_may_see_a_text_at_all_times_can_like_it(scene: Scene) -> None:
    write(scene, "direct", "Post ada-1 @charlie")
    scene.record.append(intention(8, "charlie", "like", "refused", post=2))
    assert ("LOST", "stored") in scene.found()
    scene.record[-1].client = "bob"
    assert ("LOST", "stored") not in scene.found()
    scene.record[-1].client = "charlie"
    scene.record.append(intention(9, "ada", "block", "unknown", person="charlie"))
    assert ("LOST", "stored") not in scene.found()
