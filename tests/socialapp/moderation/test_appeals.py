"""Appeals: once, decided by another moderator where there is one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from socialapp.moderation.models import Action, Appeal, Case, Notice, Verb
from socialapp.moderation.notices import address_of
from socialapp.moderation.operations import acts
from socialapp.moderation.operations.appeals import appeal, decide_appeal
from socialapp.posts.models import Post
from socialapp.posts.operations import remove_post
from socialapp.users.models import Person
from socialapp.users.operations import delete_account
from tests.people import PASSWORD, logged_in
from tests.socialapp.moderation.test_acts import decide, excerpts


@pytest.fixture
def hidden(mona: Person, post: Post, reported: Callable[..., int]) -> Action:
    """Ada's post, hidden by Mona."""
    return decide(reported(), mona, Verb.HIDE, post_ids=[post.pk])[0]


def test_granted_it_undoes_the_act(
    ada: Person, max_: Person, post: Post, hidden: Action, deliver: Callable[[], int]
) -> None:
    made = appeal(action=hidden, person=ada, words="It was a joke.")
    assert made.case.is_open
    decide_appeal(appeal_id=made.pk, moderator=max_, granted=True, words="So it was.")
    deliver()
    post.refresh_from_db()
    assert post.hidden_at is None
    assert excerpts(ada) == ["A post of yours can be seen again"]
    assert (Appeal.objects.get().state, Case.objects.filter(closed_at=None).count()) == ("granted", 0)


def test_rejected_it_stands_and_its_person_hears_so(
    ada: Person, max_: Person, post: Post, hidden: Action, deliver: Callable[[], int]
) -> None:
    made = appeal(action=hidden, person=ada, words="It was a joke.")
    decide_appeal(appeal_id=made.pk, moderator=max_, granted=False, words="A bad one.")
    deliver()
    post.refresh_from_db()
    assert post.hidden_at is not None
    assert excerpts(ada) == ["Your appeal was rejected"]


def test_whoever_acted_does_not_decide_if_there_is_another(
    ada: Person, mona: Person, max_: Person, hidden: Action
) -> None:
    made = appeal(action=hidden, person=ada, words="No.")
    with pytest.raises(PermissionDenied, match="another moderator"):
        decide_appeal(appeal_id=made.pk, moderator=mona, granted=False)
    assert Appeal.objects.get().state == "waiting"


def test_the_only_moderator_decides(ada: Person, mona: Person, hidden: Action) -> None:
    made = appeal(action=hidden, person=ada, words="No.")
    decide_appeal(appeal_id=made.pk, moderator=mona, granted=True)
    assert Appeal.objects.get().state == "granted"


def test_one_appeals_once_and_only_for_oneself(ada: Person, bob: Person, hidden: Action) -> None:
    with pytest.raises(PermissionDenied):
        appeal(action=hidden, person=bob, words="For her.")
    appeal(action=hidden, person=ada, words="No.")
    with pytest.raises(ValidationError, match="appealed already"):
        appeal(action=hidden, person=ada, words="No, really.")


def test_an_appeal_is_decided_once(ada: Person, max_: Person, hidden: Action) -> None:
    made = appeal(action=hidden, person=ada, words="No.")
    decide_appeal(appeal_id=made.pk, moderator=max_, granted=False)
    with pytest.raises(ValidationError):
        decide_appeal(appeal_id=made.pk, moderator=max_, granted=True)


def test_words_that_are_too_long_are_refused_and_the_appeal_still_waits(
    ada: Person, max_: Person, hidden: Action
) -> None:
    made = appeal(action=hidden, person=ada, words="No.")
    answer = logged_in(max_).post(reverse("moderation:reject", args=[made.pk]), {"words": "x" * 2_001}, follow=True)
    assert "at most 2000 characters" in answer.text
    assert Appeal.objects.get().state == "waiting"


def test_a_case_with_an_appeal_is_not_closed_over_it(
    ada: Person, max_: Person, hidden: Action, reported: Callable[..., int]
) -> None:
    appeal(action=hidden, person=ada, words="No.")
    hidden_case = Case.objects.get(closed_at=None)
    with pytest.raises(ValidationError, match="appeal waits"):
        decide(hidden_case.pk, max_, Verb.WARN)


def test_who_is_suspended_appeals_from_the_page_at_log_in(
    ada: Person, mona: Person, reported: Callable[..., int], client: object
) -> None:
    from django.test import Client

    ada.set_password(PASSWORD)
    ada.save()
    decide(reported(), mona, Verb.SUSPEND)
    browser = Client()
    page = browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    link = address_of(Notice.objects.get(person=ada).pk)
    assert link in page.text
    assert "appeal" in page.text
    answer = browser.post(link, {"words": "That was my cat."}, follow=True)
    assert "waiting for a moderator" in answer.text
    assert Appeal.objects.get().words == "That was my cat."


def test_a_made_up_link_leads_nowhere(ada: Person, hidden: Action) -> None:
    number = Notice.objects.get(person=ada).pk
    assert logged_in(ada).get(f"/notices/{number}.{'A' * 43}/").status_code == 404
    assert logged_in(ada).get(f"/notices/{number}/").status_code == 404


def test_the_list_of_notices_is_one_s_own(ada: Person, bob: Person, hidden: Action) -> None:
    assert "A moderator hid a post of yours" in logged_in(ada).get("/notices/").text
    assert "A moderator hid" not in logged_in(bob).get("/notices/").text


# --- What was undone meanwhile, or cannot be undone ---


def test_a_suspension_that_ends_by_itself_grants_the_appeal_against_it(
    ada: Person, mona: Person, reported: Callable[..., int]
) -> None:
    (suspended,) = decide(reported(), mona, Verb.SUSPEND, ends_at=timezone.now() + timedelta(days=1))
    made = appeal(action=suspended, person=ada, words="That was my cat.")
    Person.objects.filter(pk=ada.pk).update(suspended_until=timezone.now() - timedelta(seconds=1))
    acts.lift_ended_suspensions()
    made.refresh_from_db()
    assert (made.state, made.decided_by, made.decided_at is None) == ("granted", None, False)
    assert not Case.objects.filter(closed_at=None).exists()


def test_an_act_that_is_undone_otherwise_grants_the_appeal_against_it(
    ada: Person, mona: Person, max_: Person, hidden: Action
) -> None:
    made = appeal(action=hidden, person=ada, words="It was a joke.")
    acts.undo(action=hidden, moderator=mona)
    made.refresh_from_db()
    assert (made.state, made.decided_by) == ("granted", mona)
    assert not Case.objects.filter(closed_at=None).exists()
    with pytest.raises(ValidationError):
        decide_appeal(appeal_id=made.pk, moderator=max_, granted=True)


def test_the_first_of_two_warnings_can_be_taken_back(
    ada: Person, mona: Person, max_: Person, reported: Callable[..., int]
) -> None:
    first, second = (decide(reported(), mona, Verb.WARN)[0] for _ in range(2))
    made = appeal(action=first, person=ada, words="No.")
    assert decide_appeal(appeal_id=made.pk, moderator=max_, granted=True).undoes == first
    assert list(Action.objects.filter(verb=Verb.WARN, undone_by=None)) == [second]


def test_an_appeal_is_granted_although_the_post_is_gone(
    ada: Person, max_: Person, post: Post, hidden: Action, deliver: Callable[[], int]
) -> None:
    made = appeal(action=hidden, person=ada, words="No.")
    remove_post(post_id=post.pk, reason="Gone")
    granted = decide_appeal(appeal_id=made.pk, moderator=max_, granted=True)
    deliver()
    assert (granted.verb, granted.undoes) == (Verb.RETRACT, hidden)
    assert excerpts(ada) == ["An act against you is taken back: it no longer counts"]
    assert not Case.objects.filter(closed_at=None).exists()


def test_an_appeal_is_granted_although_the_account_is_deleted(ada: Person, max_: Person, hidden: Action) -> None:
    made = appeal(action=hidden, person=ada, words="No.")
    delete_account(person=ada)
    assert decide_appeal(appeal_id=made.pk, moderator=max_, granted=True).verb == Verb.RETRACT
