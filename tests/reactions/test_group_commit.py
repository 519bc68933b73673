"""Reactions that arrive at the same time are stored together, and each gets the answer that it would get alone."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from reactions import operations
from reactions.models import Like
from reactions.queries import summaries
from socialapp import group_commit
from socialapp.group_commit import GroupCommit
from socialapp.messaging.models import OutboxMessage
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person, Token
from socialapp.users.operations import make_token, suspend
from socialapp.users.queries import UncheckedToken, token_digest
from tests.people import new_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """However slow the machine is, each test decides what is one batch. None pauses for another."""
    monkeypatch.setattr(group_commit, "LONGEST_WAIT", 600)
    operations._likes._begin()
    yield
    operations._likes._begin()


def elsewhere(act: Callable[[], object]) -> object:
    """By a connection of its own; a refusal is an answer, too."""
    try:
        return act()
    except (ObjectDoesNotExist, UncheckedToken) as refusal:
        return type(refusal)
    finally:
        connection.close()


def like(post: Post, person: Person) -> Callable[[], object]:
    return lambda: operations.like(post_id=post.pk, person_id=person.pk)


@contextmanager
def one_batch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[object]]]:
    """Yields a function that has what it is given done as one batch, and returns what each answered."""
    batches: list[int] = []
    store_batch = operations._likes._store_batch

    def counted(rows: Sequence[operations.Reaction]) -> Sequence[tuple[Any, ...]]:
        batches.append(len(rows))
        return store_batch(rows)

    monkeypatch.setattr(operations._likes, "_store_batch", counted)

    def together(*acts: Callable[[], object]) -> list[object]:
        with ThreadPoolExecutor(len(acts)) as threads:
            with operations._likes._turn:  # as if somebody was storing
                futures: list[Future[object]] = []
                for act in acts:
                    futures.append(threads.submit(elsewhere, act))
                    until(lambda: len(operations._likes._waiting) == len(futures))
            return [future.result() for future in futures]

    yield together
    assert batches[0] > 1


def until(happened: Callable[[], object]) -> None:
    while not happened():
        time.sleep(0.002)


def messages() -> list[tuple[int, int]]:
    """(post, who liked it) of all that wait, in order."""
    rows = OutboxMessage.objects.filter(name="ReactionAdded").order_by("id")
    return [(row.body["post_id"], row.body["actor_id"]) for row in rows]


def test_each_in_a_batch_gets_its_own_answer(
    ada: Person, bob: Person, charlie: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = publish_post(author=charlie, body="Me")[0]
    operations.like(post_id=other.pk, person_id=bob.pk)
    with one_batch(monkeypatch) as together:
        answers = together(
            like(post, charlie),
            lambda: operations.like(post_id=1, person_id=bob.pk),
            like(other, bob),
            like(other, charlie),
            like(post, bob),
            lambda: operations.like(post_id=post.pk, digest="unknown"),
        )
    assert answers == [True, Post.DoesNotExist, False, True, True, UncheckedToken]
    assert sorted(messages()) == sorted([(other.pk, bob.pk), (post.pk, bob.pk), (post.pk, charlie.pk)])
    assert [summaries([each.pk], None)[each.pk]["likes"] for each in (post, other)] == [2, 2]


def test_equal_likes_in_a_batch_are_one_and_one_of_them_is_new(
    bob: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = token_digest(make_token(person=bob, name="x"))
    Token.objects.update(last_used_on=timezone.now().date())
    with one_batch(monkeypatch) as together:
        answers = together(like(post, bob), lambda: operations.like(post_id=post.pk, digest=digest), like(post, bob))
    assert answers == [True, False, False]
    assert messages() == [(post.pk, bob.pk)]
    assert summaries([post.pk], None)[post.pk]["likes"] == 1


def test_a_suspended_person_in_a_batch_is_refused_alone(
    ada: Person, bob: Person, charlie: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    suspend(person=bob, reason="Spam")
    with one_batch(monkeypatch) as together:
        assert together(like(post, charlie), like(post, bob)) == [True, Post.DoesNotExist]


def test_a_batch_that_meets_a_lock_leaves_only_the_one_who_needs_it_waiting(
    ada: Person, bob: Person, charlie: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = publish_post(author=ada, body="Free")[0]
    with ThreadPoolExecutor(3) as threads:
        with transaction.atomic():
            Post.objects.select_for_update().get(pk=post.pk)
            stuck = threads.submit(elsewhere, like(post, bob))
            free = [threads.submit(elsewhere, like(other, person)) for person in (bob, charlie)]
            assert [future.result() for future in free] == [True, True]
            late = threads.submit(elsewhere, like(other, ada))
            assert late.result() is True
            assert not stuck.done()
        assert stuck.result() is True


def test_while_a_post_is_locked_only_one_batch_meets_the_lock(
    ada: Person, bob: Person, charlie: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = publish_post(author=ada, body="Free")[0]
    monkeypatch.setattr(group_commit, "PAUSE", 600)
    store_batch, batches = operations._likes._store_batch, []

    def counted(rows: Sequence[operations.Reaction]) -> Sequence[tuple[Any, ...]]:
        batches.append(rows)
        return store_batch(rows)

    monkeypatch.setattr(operations._likes, "_store_batch", counted)
    with ThreadPoolExecutor(2) as threads:
        with transaction.atomic():
            Post.objects.select_for_update().get(pk=post.pk)
            stuck = [threads.submit(elsewhere, like(post, bob))]
            until(lambda: operations._likes._alone_until)
            stuck.append(threads.submit(elsewhere, like(post, charlie)))
            with ThreadPoolExecutor(1) as another:
                assert another.submit(elsewhere, like(other, bob)).result() is True
        assert [future.result() for future in stuck] == [True, True]
    assert batches == [[(post.pk, bob.pk, None, "")]]


def test_a_batch_that_fails_is_stored_one_by_one(
    bob: Person, charlie: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_rows: object) -> Sequence[tuple[Any, ...]]:
        raise RuntimeError

    monkeypatch.setattr(operations._likes, "_store_batch", fail)
    with one_batch(monkeypatch) as together:
        assert together(like(post, bob), like(post, charlie)) == [True, True]
    assert Like.objects.count() == 2


def test_a_batch_that_loses_its_connection_is_stored_by_others(
    bob: Person, charlie: Person, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(_rows: object) -> Sequence[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raise AssertionError

    monkeypatch.setattr(operations._likes, "_store_batch", lose)
    with one_batch(monkeypatch) as together:
        assert together(like(post, bob), like(post, charlie)) == [True, True]
    assert Like.objects.count() == 2


def test_in_a_transaction_a_like_is_a_part_of_it(bob: Person, post: Post) -> None:
    with transaction.atomic():
        assert operations.like(post_id=post.pk, person_id=bob.pk) is True
        transaction.set_rollback(True)
    assert not Like.objects.exists()


def test_in_a_storm_each_pair_is_stored_and_answered_as_new_once(ada: Person) -> None:
    people = [new_person(f"fan{number}") for number in range(8)]
    posts = [publish_post(author=ada, body=f"No. {number}")[0] for number in range(6)]
    acts = [like(post, person) for post in posts for person in people] * 5
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(elsewhere, acts))
    assert Counter(answers) == {True: 48, False: 192}
    assert (Like.objects.count(), len(set(messages())), len(messages())) == (48, 48, 48)
    assert {each["likes"] for each in summaries([post.pk for post in posts], None).values()} == {8}


def test_who_finds_nobody_storing_stores_at_once_and_what_comes_meanwhile_is_one_batch() -> None:
    """Without a database: which thread waits for which."""
    batches: list[list[int]] = []
    go_on = threading.Event()

    def store(rows: Sequence[int]) -> list[tuple[int]]:
        batches.append(list(rows))
        assert go_on.wait(20)
        return [(10 * row,) for row in rows]

    commits: GroupCommit[int] = GroupCommit(store, lambda row: (row,))
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(commits.store, 1)
        until(lambda: batches)
        rest = []
        for number in range(2, 7):
            rest.append(threads.submit(commits.store, number))
            until(lambda: len(commits._waiting) == len(rest))
        go_on.set()
        assert [future.result() for future in (first, *rest)] == [(10,), (20,), (30,), (40,), (50,), (60,)]
    assert batches == [[1], [2, 3, 4, 5, 6]]


def test_a_row_that_does_not_fit_in_a_batch_is_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are not fair: the turn may come to the last of those who wait."""
    monkeypatch.setattr(group_commit, "LARGEST_BATCH", 2)
    batches: list[list[int]] = []

    def store(rows: Sequence[int]) -> list[tuple[int]]:
        batches.append(list(rows))
        return [(10 * row,) for row in rows]

    commits: GroupCommit[int] = GroupCommit(store, lambda row: store([row])[0])
    commits._waiting.extend([group_commit._Entry(1), group_commit._Entry(2)])
    assert commits.store(3) == (30,)
    assert (batches, commits._waiting) == ([[1, 2], [3]], [])


def test_a_row_behind_a_batch_that_is_stuck_goes_alone_and_none_waits_behind_it() -> None:
    batches: list[list[int]] = []
    go_on = threading.Event()

    def store(rows: Sequence[int]) -> list[tuple[str]]:
        batches.append(list(rows))
        assert go_on.wait(20)
        return [("together",) for _ in rows]

    commits: GroupCommit[int] = GroupCommit(store, lambda _row: ("alone",))
    with ThreadPoolExecutor(1) as threads, pytest.MonkeyPatch.context() as patch:
        stuck = threads.submit(commits.store, 1)
        until(lambda: batches)
        patch.setattr(group_commit, "LONGEST_WAIT", 0.01)
        patch.setattr(group_commit, "PAUSE", 600)
        assert commits.store(2) == ("alone",)
        patch.setattr(group_commit, "LONGEST_WAIT", 600)
        assert commits.store(3) == ("alone",)
        go_on.set()
        assert stuck.result() == ("together",)
    assert (batches, commits._waiting) == ([[1]], [])


# --- By token, over HTTP.


@pytest.fixture
def token(bob: Person) -> str:
    return make_token(person=bob, name="Program")


def put(post: Post, token: str, what: str = "like") -> Any:
    return APIClient().put(f"/api/social/v1/posts/{post.pk}/{what}/", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("what", ["like", "share"])
def test_the_first_reaction_of_a_day_notes_the_use_of_its_token(bob: Person, post: Post, token: str, what: str) -> None:
    assert [put(post, token, what).status_code, Token.objects.get().last_used_on] == [201, timezone.now().date()]
    assert put(post, token, what).status_code == 200


@pytest.mark.parametrize("what", ["like", "share"])
def test_a_token_that_is_revoked_is_refused_at_the_next_request(post: Post, token: str, what: str) -> None:
    assert put(post, token, what).status_code == 201
    Token.objects.all().delete()
    refused = put(post, token, what)
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert "revoked" in refused.json()["detail"]


@pytest.mark.parametrize("what", ["like", "share"])
def test_a_suspended_person_is_told_why_at_the_next_request(bob: Person, post: Post, token: str, what: str) -> None:
    assert put(post, token, what).status_code == 201
    suspend(person=bob, reason="Selling watches")
    refused = put(post, token, what)
    assert (refused.status_code, "Selling watches" in refused.json()["detail"]) == (401, True)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "GET", "HEAD", "POST"])
@pytest.mark.parametrize("what", ["like", "share"])
def test_no_method_is_answered_for_a_token_that_does_not_act(
    bob: Person, post: Post, token: str, what: str, method: str
) -> None:
    def ask() -> int:
        path, headers = f"/api/social/v1/posts/{post.pk}/{what}/", {"Authorization": f"Bearer {token}"}
        status: int = APIClient().generic(method, path, headers=headers).status_code
        return status

    assert ask() != 401
    suspend(person=bob, reason="Spam")
    assert ask() == 401
    Token.objects.all().delete()
    assert ask() == 401


def test_a_reaction_is_taken_back_with_the_same_token(post: Post, token: str) -> None:
    put(post, token)
    answer = APIClient().delete(f"/api/social/v1/posts/{post.pk}/like/", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, Like.objects.count()) == (204, 0)
