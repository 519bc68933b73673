"""Makes deliveries of a new post for everybody whose bell is on: one job, in chunks, each committed with its place.

A job that dies continues where it was. The job with the fewest holders left goes
first, and its deliveries before those of a large one, so that small authors are
not behind a celebrity. While many of large ones wait to be sent, none of these are added.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now

from notifications.deliveries import plan
from notifications.deliveries.sql import plan as sql
from notifications.inbox.filters import who_muted
from notifications.models import Bell, Delivery, FanOut, Kind, Reason
from socialapp.filters.queries import text_of
from socialapp.messaging import dispatch
from socialapp.posts.models import Post, in_feeds

QUEUE = "fanout"
CHUNK = 1_000
MOST_WAITING = 5 * CHUNK

State = Delivery.State


def start(posts: Sequence[tuple[int, int, datetime, str]]) -> None:
    """Start a job for each (author, post, when, request) if anyone has a bell on for its author. Each only once."""
    bells = Bell.objects.filter(author__in={author for author, *_ in posts}).values_list("author")
    totals = dict(bells.annotate(total=Count("pk")))
    if not totals:
        return
    # What was removed for good meanwhile is not there.
    found = Post.objects.filter(pk__in=[post for _, post, *_ in posts], author__in=totals).in_bulk()
    FanOut.objects.bulk_create(
        [
            FanOut(
                post=found[post], author_id=author, accepted_at=accepted_at, total=totals[author], request_id=request_id
            )
            for author, post, accepted_at, request_id in sorted(posts, key=itemgetter(1))
            if post in found
        ],
        ignore_conflicts=True,
    )
    plan.wake_workers([QUEUE])


def run() -> None:
    """Work on chunks until no job runs; on those of large jobs only until enough deliveries wait to be sent."""
    dispatch.acknowledge(QUEUE)
    while chunk(large=not _enough_waits()):
        pass


@transaction.atomic
def chunk(*, large: bool = True) -> bool:
    """Work on a chunk of the job with the fewest holders left, of a `large` one too. False if there is none."""
    jobs = FanOut.objects.filter(state=FanOut.State.RUNNING).order_by(F("total") - F("done"), "pk")
    if not large:
        jobs = jobs.filter(total__lte=CHUNK)
    job = jobs.select_for_update(skip_locked=True).first()
    if job is None:
        return False
    post = Post.objects.standing().filter(in_feeds(), pk=job.post_id).first()
    if post is None:
        _change([job.pk], FanOut.State.CANCELLED, finished_at=Now())
        return True
    bells = Bell.objects.filter(author_id=job.author_id, pk__gt=job.last_bell).order_by("pk")[:CHUNK]
    holders = list(bells.values_list("pk", "person_id"))
    if holders:
        _plan_deliveries(job, text_of(post), [person_id for _, person_id in holders])
        FanOut.objects.filter(pk=job.pk).update(done=F("done") + len(holders), last_bell=holders[-1][0])
    if len(holders) < CHUNK:
        _change([job.pk], FanOut.State.DONE, finished_at=Now())
    return True


def pause(jobs: Collection[int]) -> int:
    """Pause jobs: running → paused. Returns how many."""
    return _change(jobs, FanOut.State.PAUSED)


def resume(jobs: Collection[int]) -> int:
    """Resume jobs: paused → running. Returns how many."""
    count = _change(jobs, FanOut.State.RUNNING)
    plan.wake_workers([QUEUE])
    return count


@transaction.atomic
def cancel(jobs: Collection[int]) -> int:
    """Cancel jobs: running, paused → cancelled; suppress their unsent deliveries. Returns how many jobs."""
    posts = list(_changeable(jobs, FanOut.State.CANCELLED).values_list("post_id", flat=True))
    count = _change(jobs, FanOut.State.CANCELLED, finished_at=Now())
    unsent = Delivery.objects.filter(
        Q(lease=None) | Q(next_attempt_at__lte=Now()),
        post_id__in=posts,
        kind=Kind.POST,
        state__in=Delivery.TRANSITIONS[State.SUPPRESSED],
    )
    unsent.update(state=State.SUPPRESSED, reason=Reason.FAN_OUT_CANCELLED, finished_at=Now())
    return count


def _plan_deliveries(job: FanOut, text: str, people: list[int]) -> None:
    plan.ensure_mail_endpoints(people)
    columns: dict[str, Any] = {
        "people": people,
        "filtered": who_muted(people, text),
        "author": job.author_id,
        "post": job.post_id,
        "bulk": job.total > CHUNK,
        "at": job.accepted_at,
        "request": job.request_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.FAN_OUT, columns | plan.channel_columns())
        plan.wake_workers({name for name, state in cursor.fetchall() if state == State.WAITING})


def _changeable(jobs: Collection[int], state: FanOut.State) -> QuerySet[FanOut]:
    """Select the jobs that may change to this state."""
    return FanOut.objects.filter(pk__in=jobs, state__in=FanOut.TRANSITIONS[state])


def _change(jobs: Collection[int], state: FanOut.State, **columns: Any) -> int:
    """Change the state of jobs, which is done nowhere else. Returns how many changed."""
    return _changeable(jobs, state).update(state=state, **columns)


def _enough_waits() -> bool:
    due = Delivery.objects.filter(state=State.WAITING, bulk=True, next_attempt_at__lte=Now())
    return due.filter(channel__in=plan.channel_columns()["channels"])[:MOST_WAITING].count() >= MOST_WAITING
