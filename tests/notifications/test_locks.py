"""What happens in the same moment: locks are taken in one order, an inbox before its groups, and nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from notifications.channels import channel
from notifications.deliveries import outcome, plan
from notifications.deliveries.lease import claim
from notifications.deliveries.maintenance import purge
from notifications.deliveries.recheck import recheck
from notifications.inbox import operations
from notifications.inbox.operations import Activity
from notifications.models import Delivery, GroupMember, Inbox, NotificationGroup, Reason
from socialapp.posts.models import Post
from socialapp.posts.operations import remove_post
from socialapp.users.models import Person
from tests.locks import elsewhere, wait_until_somebody_waits_for_a_lock
from tests.notifications.fakes import Other

pytestmark = pytest.mark.django_db(transaction=True)

Act = Callable[[Activity, Activity], object]
ACTS: dict[str, Act] = {
    "told of again": lambda first, _: plan.plan(operations.notify([first])),
    "told of another": lambda _, second: plan.plan(operations.notify([second])),
    "taken back": lambda first, _: operations.retract([first]),
    "blocked": lambda first, _: operations.withhold([(first.recipient_id, first.actor_id)]),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_marking_unread_meanwhile_is_no_deadlock(
    act: Act, ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    first, second = (Activity(ada.pk, "like", post.pk, actor.pk, 0, post.created_at) for actor in (bob, charlie))
    plan.plan(operations.notify([first]))
    if act is ACTS["told of again"]:
        operations.retract([first])

    with ThreadPoolExecutor() as threads:
        with transaction.atomic():  # as mark_unread does it
            Inbox.objects.filter(person_id=ada.pk).update(seq=10)
            acting = threads.submit(elsewhere, lambda: act(first, second))
            wait_until_somebody_waits_for_a_lock()
            NotificationGroup.objects.filter(recipient_id=ada.pk).update(unread_seq=10)
        acting.result()
    assert Inbox.objects.get(person_id=ada.pk).seq == 11


def test_a_delivery_that_is_let_go_of_meanwhile_tells_of_who_comes(
    other: Other, ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    other.browser_of(ada)
    first, second = (Activity(ada.pk, "comment", post.pk, actor.pk, 1, post.created_at) for actor in (bob, charlie))
    plan.plan(operations.notify([first]))
    claim(channel("push"))
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():  # as outcome.held does it
            Delivery.objects.update(lease=None, batch=None)
            acting = threads.submit(elsewhere, lambda: plan.plan(operations.notify([second])))
            wait_until_somebody_waits_for_a_lock()
        acting.result()
    member = GroupMember.objects.get(actor=charlie)
    assert Delivery.objects.get().last_member == member.ordinal


def test_a_delivery_that_is_let_go_of_joins_the_one_that_came_meanwhile(
    other: Other, ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    other.browser_of(ada)
    first, second = (Activity(ada.pk, "comment", post.pk, actor.pk, 1, post.created_at) for actor in (bob, charlie))
    plan.plan(operations.notify([first]))
    ((batch,), _) = claim(channel("push"))
    (asked,) = recheck(channel("push"), batch)
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            plan.plan(operations.notify([second]))
            holding = threads.submit(elsewhere, lambda: outcome.held(batch, asked, post.created_at, Reason.QUIET_HOURS))
            wait_until_somebody_waits_for_a_lock()
        holding.result()
    members = list(GroupMember.objects.order_by("ordinal").values_list("ordinal", flat=True))
    assert list(Delivery.objects.values_list("first_member", "last_member")) == [tuple(members)]


def test_who_joins_a_group_while_its_post_is_removed_leaves_nothing_after_the_next_purge(
    ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    first, second = (Activity(ada.pk, "like", post.pk, actor.pk, 0, post.created_at) for actor in (bob, charlie))
    followed = Activity(ada.pk, "follow", None, bob.pk, 0, post.created_at)
    operations.notify([first, followed])
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            operations.notify([second])
            removing = threads.submit(elsewhere, lambda: remove_post(post_id=post.pk, reason="Spam"))
            wait_until_somebody_waits_for_a_lock()
        removing.result()
    assert NotificationGroup.objects.get().kind == "follow"
    assert GroupMember.objects.count() == 2
    purge()
    assert GroupMember.objects.get().group == NotificationGroup.objects.get()
