"""What moderators do, its undo, and what people hear of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from notifications.inbox.queries import inbox
from socialapp.moderation.models import Action, Case, Notice, Report, Rule, Verb
from socialapp.moderation.operations import acts, cases
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, hide_post, purge_posts
from socialapp.users.models import Person
from socialapp.users.operations import suspend
from tests.locks import elsewhere, wait_until_somebody_waits_for_a_lock
from tests.people import logged_in


def decide(case_id: int, moderator: Person, verb: Verb, **more: object) -> list[Action]:
    """Act in a case, as its page does."""
    values = {"post_ids": [], "rule": None, "words": "Rude", "ends_at": None, "stays_open": False, **more}
    with transaction.atomic():
        return acts.decide(case=cases.locked_case(case_id), moderator=moderator, verb=verb, **values)  # type: ignore[arg-type]


def excerpts(person: Person) -> list[str]:
    """What the inbox shows somebody of moderation."""
    return [entry.excerpt for entry in inbox(person.pk, kind="moderation").items]


def test_a_hidden_post_is_gone_its_author_and_its_reporter_hear_of_it(
    ada: Person,
    bob: Person,
    mona: Person,
    post: Post,
    rule: Rule,
    reported: Callable[..., int],
    deliver: Callable[[], int],
) -> None:
    case_id = reported()
    (action,) = decide(case_id, mona, Verb.HIDE, post_ids=[post.pk], rule=rule)
    deliver()
    post.refresh_from_db()
    assert post.hidden_at is not None
    assert post.hidden_reason == "Be kind\n\nRude"
    assert excerpts(ada) == ["A moderator hid a post of yours. The rule: Be kind"]
    assert excerpts(bob) == ["You reported @ada. It broke our rules, and we acted. Thank you."]
    assert (Case.objects.get().is_open, Report.objects.get().state) == (False, "upheld")
    assert (action.moderator, action.rule_title, action.words) == (mona, "Be kind", "Rude")


def test_the_author_still_reads_a_hidden_post_with_the_reason_and_nobody_else_does(
    ada: Person, bob: Person, mona: Person, post: Post, reported: Callable[..., int]
) -> None:
    decide(reported(), mona, Verb.HIDE, post_ids=[post.pk])
    page = logged_in(ada).get(f"/posts/{post.pk}/")
    assert (page.status_code, "Good morning!" in page.text, "Rude" in page.text) == (200, True, True)
    assert logged_in(bob).get(f"/posts/{post.pk}/").status_code == 404
    assert Client().get(f"/posts/{post.pk}/").status_code == 404


def test_a_post_is_marked_as_sensitive_and_no_longer(
    ada: Person, mona: Person, post: Post, reported: Callable[..., int], deliver: Callable[[], int]
) -> None:
    (action,) = decide(reported(), mona, Verb.BLUR, post_ids=[post.pk])
    deliver()
    post.refresh_from_db()
    assert post.sensitive
    assert excerpts(ada) == ["A moderator marked a post of yours as sensitive"]
    with pytest.raises(ValidationError, match="already"):
        acts.act(moderator=mona, verb=Verb.BLUR, person=ada, post_id=post.pk, words="Again")
    acts.undo(action=action, moderator=mona)
    post.refresh_from_db()
    assert not post.sensitive


def test_undone_it_is_as_if_it_had_not_been(
    ada: Person, mona: Person, post: Post, reported: Callable[..., int], deliver: Callable[[], int]
) -> None:
    (action,) = decide(reported(), mona, Verb.HIDE, post_ids=[post.pk])
    acts.undo(action=action, moderator=mona)
    deliver()
    post.refresh_from_db()
    assert post.hidden_at is None
    assert excerpts(ada) == ["A post of yours can be seen again"]
    with pytest.raises(ValidationError, match="undone already"):
        acts.undo(action=action, moderator=mona)


def test_a_warning_changes_nothing_but_is_told(
    ada: Person, mona: Person, reported: Callable[..., int], deliver: Callable[[], int]
) -> None:
    decide(reported(), mona, Verb.WARN)
    deliver()
    assert excerpts(ada) == ["A moderator warns you"]
    ada.refresh_from_db()
    assert ada.is_active


def test_whoever_is_suspended_hears_of_it_once_they_are_back_and_by_mail_at_once(
    ada: Person, mona: Person, reported: Callable[..., int], deliver: Callable[[], int]
) -> None:
    (action,) = decide(reported(), mona, Verb.SUSPEND)
    deliver()
    ada.refresh_from_db()
    assert (ada.is_active, ada.suspended_reason, ada.suspended_until) == (False, "Rude", None)
    assert excerpts(ada) == ["Your account is suspended"]
    acts.undo(action=action, moderator=mona)
    ada.refresh_from_db()
    assert ada.is_active


@pytest.mark.django_db(transaction=True)
def test_one_that_is_given_a_later_end_meanwhile_is_not_lifted(
    ada: Person, mona: Person, reported: Callable[..., int]
) -> None:
    decide(reported(), mona, Verb.SUSPEND, ends_at=timezone.now() + timedelta(days=1))
    person = Person.objects.filter(pk=ada.pk)
    person.update(suspended_until=timezone.now() - timedelta(seconds=1))
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            person.update(suspended_until=timezone.now() + timedelta(days=7))
            lifting = threads.submit(elsewhere, acts.lift_ended_suspensions)
            wait_until_somebody_waits_for_a_lock()
        lifting.result()
    assert not person.get().is_active


def test_a_suspension_with_an_end_lifts_itself(
    ada: Person, mona: Person, reported: Callable[..., int], deliver: Callable[[], int]
) -> None:
    decide(reported(), mona, Verb.SUSPEND, ends_at=timezone.now() + timedelta(days=1))
    assert acts.lift_ended_suspensions() == 0
    Person.objects.filter(pk=ada.pk).update(suspended_until=timezone.now() - timedelta(seconds=1))
    assert acts.lift_ended_suspensions() == 1
    deliver()
    ada.refresh_from_db()
    assert (ada.is_active, ada.suspended_until) == (True, None)
    lifted = Action.objects.get(verb=Verb.UNSUSPEND)
    assert (lifted.moderator, lifted.undoes and lifted.undoes.verb) == (None, "suspend")
    assert excerpts(ada) == ["Your account is open again"]


def test_dismissed_reports_tell_their_reporter_and_nobody_else(
    ada: Person, bob: Person, mona: Person, reported: Callable[..., int], deliver: Callable[[], int]
) -> None:
    acts.dismiss(case_id=reported(), moderator=mona)
    deliver()
    assert excerpts(ada) == []
    assert excerpts(bob) == ["You reported @ada. We found no reason to act. Thank you all the same."]
    assert Report.objects.get().state == "dismissed"


def test_a_case_that_stays_open_tells_its_reporters_and_waits(
    mona: Person, post: Post, reported: Callable[..., int]
) -> None:
    case_id = reported()
    decide(case_id, mona, Verb.HIDE, post_ids=[post.pk], stays_open=True)
    assert (Case.objects.get().is_open, Report.objects.get().state) == (True, "upheld")
    assert reported(words="And again", post_ids=[]) == case_id


def test_a_closed_case_is_decided_once(mona: Person, max_: Person, reported: Callable[..., int]) -> None:
    case_id = reported()
    decide(case_id, mona, Verb.WARN)
    with pytest.raises(ValidationError, match="closed this case"):
        decide(case_id, max_, Verb.SUSPEND)
    assert Action.objects.count() == 1


def test_the_next_report_opens_another_case(mona: Person, charlie: Person, reported: Callable[..., int]) -> None:
    first = reported()
    decide(first, mona, Verb.WARN)
    assert reported(by=charlie) != first


def test_nobody_judges_themselves_and_only_superusers_judge_staff(
    ada: Person, bob: Person, mona: Person, reported: Callable[..., int]
) -> None:
    with pytest.raises(PermissionDenied, match="about you"):
        acts.act(moderator=mona, verb=Verb.WARN, person=mona, words="?")
    Person.objects.filter(pk=ada.pk).update(is_staff=True)
    with pytest.raises(PermissionDenied, match="superuser"):
        decide(reported(), mona, Verb.WARN)


def test_deleting_for_good_takes_a_right_of_its_own(mona: Person, post: Post, reported: Callable[..., int]) -> None:
    mona.groups.clear()
    mona.user_permissions.add(Permission.objects.get(codename="moderate"))
    case_id = reported()
    with pytest.raises(PermissionDenied, match="for good"):
        decide(case_id, Person.objects.get(pk=mona.pk), Verb.REMOVE, post_ids=[post.pk])
    mona.user_permissions.add(Permission.objects.get(codename="erase"))
    decide(case_id, Person.objects.get(pk=mona.pk), Verb.REMOVE, post_ids=[post.pk])
    assert not Post.objects.filter(pk=post.pk).exists()


def test_what_was_hidden_before_there_was_a_log_can_be_shown_again(ada: Person, mona: Person, post: Post) -> None:
    hide_post(post_id=post.pk, reason="Rude")
    suspend(person=ada, reason="Rude")
    acts.lift(verb=Verb.HIDE, person=ada, post_id=post.pk, moderator=mona)
    acts.lift(verb=Verb.SUSPEND, person=ada, moderator=mona)
    post.refresh_from_db()
    ada.refresh_from_db()
    assert (post.hidden_at, ada.suspended_at) == (None, None)


@pytest.mark.parametrize("statement", ["UPDATE moderation_action SET words = ''", "DELETE FROM moderation_action"])
def test_nobody_can_change_the_log(mona: Person, reported: Callable[..., int], statement: str) -> None:
    decide(reported(), mona, Verb.WARN)
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Action.objects.get().words == "Rude"


def test_a_notice_is_of_one_thing(ada: Person, mona: Person, reported: Callable[..., int]) -> None:
    decide(reported(), mona, Verb.WARN)
    with pytest.raises(DatabaseError), transaction.atomic():
        Notice.objects.create(person=ada)


# --- What a moderator marked as sensitive ---


@pytest.fixture
def blurred(mona: Person, post: Post, reported: Callable[..., int]) -> Action:
    """Ada's post, which Mona marked as sensitive."""
    return decide(reported(), mona, Verb.BLUR, post_ids=[post.pk])[0]


def test_its_author_cannot_take_back_what_a_moderator_marked_as_sensitive(
    ada: Person, post: Post, blurred: Action, api_of: Callable[[Person | None], Client]
) -> None:
    answer = api_of(ada).patch(
        f"/api/social/v1/posts/{post.pk}/", {"sensitive": False, "warning": "War"}, content_type="application/json"
    )
    assert (answer.json()["sensitive"], answer.json()["warning"]) == (True, "War")
    browser = logged_in(ada)
    assert browser.post(f"/posts/{post.pk}/edit/", {"body": "Good night!"}).status_code == 302
    post.refresh_from_db()
    assert (post.body, post.sensitive) == ("Good night!", True)


def test_once_it_is_undone_its_author_decides_again(
    ada: Person, mona: Person, post: Post, blurred: Action, api_of: Callable[[Person | None], Client]
) -> None:
    acts.undo(action=blurred, moderator=mona)
    page = f"/api/social/v1/posts/{post.pk}/"
    for sensitive in (True, False):
        answer = api_of(ada).patch(page, {"sensitive": sensitive}, content_type="application/json")
        assert answer.json()["sensitive"] is sensitive


# --- What its author does with a hidden post ---


@pytest.fixture
def hidden(mona: Person, post: Post, reported: Callable[..., int]) -> Action:
    """Ada's post, which Mona hid."""
    return decide(reported(), mona, Verb.HIDE, post_ids=[post.pk])[0]


def test_by_the_api_its_author_reads_a_hidden_post_with_the_reason_and_nobody_else_does(
    ada: Person, bob: Person, post: Post, hidden: Action, api_of: Callable[[Person | None], Client]
) -> None:
    page = f"/api/social/v1/posts/{post.pk}/"
    found = api_of(ada).get(page).json()
    assert (found["body"], found["hidden_reason"], found["waits"]) == ("Good morning!", "Rude", False)
    assert [api_of(other).get(page).status_code for other in (bob, None)] == [404, 404]


@pytest.mark.parametrize("by_api", [True, False])
def test_its_author_deletes_a_hidden_post_and_an_undo_does_not_bring_it_back(
    ada: Person, mona: Person, post: Post, hidden: Action, api_of: Callable[[Person | None], Client], *, by_api: bool
) -> None:
    browser, page = logged_in(ada), f"/posts/{post.pk}/"
    assert f'action="{page}delete/"' in browser.get(page).text
    if by_api:
        assert api_of(ada).delete(f"/api/social/v1{page}").status_code == 204
    else:
        answer = browser.post(f"{page}delete/", follow=True)
        assert ("The post is deleted." in answer.text, f"{page}restore/" in answer.text) == (True, False)
    assert (browser.get(page).status_code, browser.post(f"{page}restore/").status_code) == (404, 404)
    acts.undo(action=hidden, moderator=mona)
    assert browser.get(page).status_code == 404


def test_nobody_else_deletes_a_hidden_post(bob: Person, post: Post, hidden: Action) -> None:
    with pytest.raises(Post.DoesNotExist):
        delete_post(post_id=post.pk, by=bob)


def test_an_act_is_undone_after_its_post_is_gone_for_good(
    ada: Person, mona: Person, post: Post, hidden: Action
) -> None:
    delete_post(post_id=post.pk, by=ada)
    Post.objects.filter(pk=post.pk).update(deleted_at=timezone.now() - timedelta(days=365))
    assert purge_posts() == 1
    assert acts.undo(action=hidden, moderator=mona).undoes == hidden
