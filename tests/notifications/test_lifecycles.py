"""A state changes only as its lifecycle declares: each pair of states is tried, by whatever changes one."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from notifications.channels import channel
from notifications.channels.base import PermanentFailure, Receipt, TemporaryFailure
from notifications.deliveries import fan_out, outcome, redelivery
from notifications.deliveries.lease import Batch, claim
from notifications.deliveries.recheck import CheckedDelivery, recheck
from notifications.models import Bell, Delivery, FanOut, Reason
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other

pytestmark = pytest.mark.django_db
State, Job = Delivery.State, FanOut.State
Change = Callable[[Batch, CheckedDelivery], Any]


def _result(checked: CheckedDelivery) -> outcome.Result:
    return outcome.Result([checked], Receipt(), 1)


def _give_up(batch: Batch, checked: CheckedDelivery) -> None:
    Delivery.objects.filter(pk=checked.id).update(expires_at=timezone.now())
    outcome.failed_for_now(channel("webhook"), batch, _result(checked), TemporaryFailure(Reason.NO_ANSWER))


def _replay(_batch: Batch, checked: CheckedDelivery) -> None:
    delivery, day = Delivery.objects.select_related("endpoint").get(pk=checked.id), timedelta(days=1)
    redelivery.replay(endpoint=delivery.endpoint, since=timezone.now() - day, until=timezone.now() + day)


def _cancel(_batch: Batch, checked: CheckedDelivery) -> None:
    """Of a new post, which no worker has in hand."""
    delivery = Delivery.objects.select_related("group__post").get(pk=checked.id)
    assert delivery.group
    post = delivery.group.post
    assert post
    Delivery.objects.filter(pk=checked.id).update(group=None, post=post, kind="post", lease=None)
    job = FanOut.objects.create(post=post, author_id=post.author_id, accepted_at=timezone.now(), total=1)
    fan_out.cancel([job.pk])


# All that changes the state of a delivery, and to which.
CHANGES: dict[str, tuple[Delivery.State, Change]] = {
    "sent": (State.SENT, lambda batch, checked: outcome.sent(batch, _result(checked))),
    "suppressed": (State.SUPPRESSED, lambda batch, checked: outcome.suppressed(batch, checked, Reason.READ)),
    "cancelled": (State.SUPPRESSED, _cancel),
    "expired": (State.DEAD, outcome.expired),
    "failed for good": (
        State.DEAD,
        lambda batch, checked: outcome.failed_for_good(batch, _result(checked), PermanentFailure(Reason.GONE)),
    ),
    "given up": (State.DEAD, _give_up),
    "sent again": (State.WAITING, _replay),
}


@pytest.mark.parametrize(("old", "name"), list(product(State, CHANGES)))
def test_a_delivery_changes_its_state_as_declared(
    old: Delivery.State, name: str, other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.webhook_of(ada)
    comment(bob, post)
    ((batch,), _) = claim(channel("webhook"))
    (checked,) = recheck(channel("webhook"), batch)
    if old != State.WAITING:
        Delivery.objects.update(state=old, reason="read", finished_at=timezone.now())
    new, change = CHANGES[name]
    change(batch, checked)
    declared = old in Delivery.TRANSITIONS[new]
    assert Delivery.objects.get().state == (new if declared else old)


# All that changes the state of a fan-out, and to which.
JOB_CHANGES: dict[str, tuple[FanOut.State, Callable[[FanOut], Any]]] = {
    "resumed": (Job.RUNNING, lambda job: fan_out.resume([job.pk])),
    "paused": (Job.PAUSED, lambda job: fan_out.pause([job.pk])),
    "cancelled": (Job.CANCELLED, lambda job: fan_out.cancel([job.pk])),
    "done": (Job.DONE, lambda _job: fan_out.chunk()),
}


@pytest.mark.parametrize(("old", "name"), list(product(Job, JOB_CHANGES)))
def test_a_fan_out_changes_its_state_as_declared(
    old: FanOut.State, name: str, ada: Person, bob: Person, post: Post
) -> None:
    Bell.objects.create(person=bob, author=ada)
    job = FanOut.objects.create(post=post, author=ada, accepted_at=timezone.now(), total=1, state=old)
    new, change = JOB_CHANGES[name]
    change(job)
    assert FanOut.objects.get().state == (new if old in FanOut.TRANSITIONS[new] else old)


@pytest.mark.parametrize("old", Job)
def test_a_fan_out_whose_post_is_gone_is_cancelled_while_it_runs(old: FanOut.State, ada: Person, post: Post) -> None:
    FanOut.objects.create(post=post, author=ada, accepted_at=timezone.now(), total=1, state=old)
    Post.objects.update(deleted_at=timezone.now())
    fan_out.chunk()
    assert FanOut.objects.get().state == (Job.CANCELLED if old == Job.RUNNING else old)


@pytest.mark.parametrize("model", [Delivery, FanOut])
def test_each_state_has_its_place_in_the_lifecycle(model: type[Delivery] | type[FanOut]) -> None:
    assert set(model.TRANSITIONS) == set(model.State)
    assert all(new not in old for new, old in model.TRANSITIONS.items())
