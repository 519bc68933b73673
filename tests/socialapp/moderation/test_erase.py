"""Delete an account for good, with its posts and media; and who invited whom."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from socialapp.media.cleanup import tidy
from socialapp.media.models import Picture
from socialapp.moderation.models import Action, Case, Evidence, Verb
from socialapp.moderation.operations import acts, cases
from socialapp.moderation.operations.appeals import appeal
from socialapp.moderation.queries import history_of
from socialapp.posts.galleries import Attachment
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.signup.models import Invitation, Invitee
from socialapp.users.models import Person, RetiredUsername
from tests.locks import elsewhere, wait_until_somebody_waits_for_a_lock
from tests.people import logged_in, new_person
from tests.socialapp.media import samples
from tests.socialapp.media.test_preparing import sent

pytestmark = pytest.mark.django_db(transaction=True)


def suspended(person: Person, moderator: Person, *, case: Case | None = None) -> Action:
    """Somebody's suspension."""
    action = acts.act(moderator=moderator, verb=Verb.SUSPEND, person=person, case=case, words="Fraud")
    person.refresh_from_db()
    return action


def test_an_account_is_deleted_for_good_with_its_posts_and_media_and_its_owner_is_mailed(
    ada: Person, mona: Person, post: Post, deliver: Callable[[], int]
) -> None:
    EmailAddress.objects.create(user=ada, email=ada.email, primary=True, verified=True)
    picture = sent(ada, samples.photo((500, 400)))
    publish_post(author=ada, body="With a picture", pictures=[Attachment(picture.pk)])
    suspended(ada, mona)
    deliver()
    mail.outbox.clear()
    action = acts.erase(moderator=mona, person=ada, rule=None, words="Fraud, again and again")
    while deliver():
        pass
    tidy()
    left = Person.objects.get(pk=ada.pk)
    assert (left.username, left.email, left.deleted_at is None) == (f"deleted-{ada.pk}", "", False)
    assert list(Post.objects.filter(author=ada)) == []
    assert list(Picture.objects.all()) == []
    assert RetiredUsername.objects.exists()
    assert [each.to for each in mail.outbox] == [["ada@example.org"]]
    assert ("Fraud, again and again" in str(mail.outbox[0].body), "Firefox" in str(mail.outbox[0].body)) == (
        True,
        False,
    )
    assert (action.verb, action.words, action.moderator) == ("erase", "Fraud, again and again", mona)
    with pytest.raises(ValidationError, match="cannot be undone"):
        acts.undo(action=action, moderator=mona)


def test_only_a_suspended_account_is_deleted_and_only_by_who_may(ada: Person, bob: Person, mona: Person) -> None:
    with pytest.raises(ValidationError, match="Suspend this account first"):
        acts.erase(moderator=mona, person=ada, rule=None, words="Fraud")
    suspended(ada, mona)
    bob.user_permissions.add(Permission.objects.get(codename="moderate"))
    moderator = Person.objects.get(pk=bob.pk)
    with pytest.raises(PermissionDenied):
        acts.erase(moderator=moderator, person=ada, rule=None, words="Fraud")
    assert logged_in(moderator).get(f"/moderation/people/{ada.pk}/erase/").status_code == 403
    assert Person.objects.get(pk=ada.pk).deleted_at is None


def test_whom_another_moderator_lets_back_in_at_the_same_moment_is_not_deleted(ada: Person, mona: Person) -> None:
    action = suspended(ada, mona)
    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            acts.undo(action=action, moderator=mona)
            erasing = threads.submit(
                elsewhere, lambda: acts.erase(moderator=mona, person=ada, rule=None, words="Fraud")
            )
            wait_until_somebody_waits_for_a_lock()
        with pytest.raises(ValidationError, match="Suspend this account first"):
            erasing.result()
    assert Person.objects.get(pk=ada.pk).is_active


def test_the_case_is_closed_with_it_and_its_evidence_stays_for_its_time(
    ada: Person, mona: Person, reported: Callable[..., int], deliver: Callable[[], int]
) -> None:
    case = Case.objects.get(pk=reported())
    suspended(ada, mona, case=case)
    acts.erase(moderator=mona, person=ada, rule=None, words="Fraud")
    while deliver():
        pass
    assert (Case.objects.get().is_open, Evidence.objects.get().text) == (False, "Good morning!")
    assert logged_in(mona).get(f"/moderation/cases/{case.pk}/").status_code == 200


def test_an_appeal_that_waits_is_decided_first(ada: Person, mona: Person) -> None:
    with transaction.atomic():
        case = cases.open_case(ada.pk)
    action = suspended(ada, mona, case=case)
    appeal(action=action, person=ada, words="It was not me")
    with pytest.raises(ValidationError, match="An appeal waits"):
        acts.erase(moderator=mona, person=ada, rule=None, words="Fraud")
    assert Person.objects.get(pk=ada.pk).deleted_at is None


def test_the_name_is_typed_before_it_happens(ada: Person, mona: Person, deliver: Callable[[], int]) -> None:
    browser, address = logged_in(mona), f"/moderation/people/{ada.pk}/erase/"
    assert "Suspend this account first" in browser.get(address).text
    suspended(ada, mona)
    assert address in browser.get(f"/moderation/people/{ada.pk}/").text
    refused = browser.post(address, {"username": "bob", "words": "Fraud"})
    assert (refused.status_code, "This is another name." in refused.text) == (400, True)
    assert browser.post(address, {"username": "@Ada"}).status_code == 400  # no reason
    assert browser.post(address, {"username": "@Ada", "words": "Fraud"})["Location"] == "/moderation/"
    assert Person.objects.get(pk=ada.pk).deleted_at is not None
    assert browser.get(address).status_code == 404
    page = browser.get(f"/moderation/people/{ada.pk}/").text
    assert ("Delete the account for good" in page, "Undo" in page) == (True, False)


def test_moderators_see_who_invited_somebody_and_whom_they_invited(ada: Person, bob: Person, mona: Person) -> None:
    dora = new_person("dora")
    for inviter, invitee in ((bob, ada), (ada, dora)):
        link = Invitation.objects.create(person=inviter, limit=1, uses=1, ends_at=timezone.now())
        Invitee.objects.create(person=invitee, invitation=link)
    history = history_of(ada)
    assert (history.inviter, history.invited, history.invited_count) == (bob, [dora], 1)
    page = logged_in(mona).get(f"/moderation/people/{ada.pk}/").text
    assert ("@bob</a>" in page, "@dora</a>" in page, "Invited 1 person" in page) == (True, True, True)
    assert "Invited" not in logged_in(mona).get(f"/moderation/people/{new_person('eve').pk}/").text
