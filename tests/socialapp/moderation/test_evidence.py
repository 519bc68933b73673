"""Evidence stays as long as its case needs it, and no longer: pictures too."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from socialapp.media.cleanup import tidy
from socialapp.media.files import name_of, uploads
from socialapp.media.models import Picture
from socialapp.media.processing import prepare
from socialapp.moderation.models import Appeal, Case, Evidence, EvidencePicture, Notice, Report, Verb
from socialapp.moderation.notices import address_of
from socialapp.moderation.operations.appeals import appeal, decide_appeal
from socialapp.moderation.operations.reports import report
from socialapp.moderation.operations.retention import purge_evidence
from socialapp.posts.galleries import Attachment, withhold_pictures_of
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, edit_post, publish_post, remove_post
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, suspend, unsuspend
from tests.people import logged_in
from tests.socialapp.media import samples
from tests.socialapp.media.test_preparing import sent
from tests.socialapp.moderation.test_acts import decide

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pictured(ada: Person) -> Post:
    """Ada's post with a picture."""
    picture = sent(ada, samples.photo((1_000, 600)))
    made = publish_post(author=ada, body="Look", pictures=[Attachment(picture.pk, "A fist")])[0]
    prepare()
    return made


def is_public(picture: Picture) -> bool:
    return default_storage.exists(name_of(picture.token, 480))


def test_a_picture_stays_for_moderators_when_its_post_is_removed_for_good(
    ada: Person, bob: Person, mona: Person, pictured: Post
) -> None:
    report(reporter=bob, person=ada, category="abuse", post_ids=[pictured.pk])
    remove_post(post_id=pictured.pk, reason="x")
    tidy()
    kept = EvidencePicture.objects.get()
    assert not is_public(kept.picture)
    answer = logged_in(mona).get(reverse("moderation:picture", args=[kept.pk]))
    assert (answer.status_code, answer["Content-Type"], answer.content[:4]) == (200, "image/webp", b"RIFF")
    assert logged_in(bob).get(reverse("moderation:picture", args=[kept.pk])).status_code == 403


def test_a_picture_that_its_author_takes_out_is_public_no_more_whatever_happens_next(
    ada: Person, bob: Person, pictured: Post
) -> None:
    report(reporter=bob, person=ada, category="abuse", post_ids=[pictured.pk])
    edit_post(post_id=pictured.pk, by=ada, pictures=[])
    tidy()
    picture = EvidencePicture.objects.get().picture
    assert not is_public(picture)
    suspend(person=ada, reason="x")
    unsuspend(person=ada)
    with transaction.atomic():
        withhold_pictures_of(ada.pk)
    tidy()
    assert not is_public(picture)
    assert uploads().exists(name_of(picture.token, 480))


def test_after_its_time_evidence_goes_and_so_do_pictures_that_nothing_else_uses(
    ada: Person, bob: Person, mona: Person, pictured: Post
) -> None:
    case_id = report(reporter=bob, person=ada, category="abuse", words="Look", post_ids=[pictured.pk])[0].case_id
    decide(case_id, mona, Verb.WARN)
    delete_post(post_id=pictured.pk, by=ada)
    remove_post(post_id=pictured.pk, reason="x")
    assert purge_evidence() == 0
    Case.objects.update(closed_at=timezone.now() - timedelta(days=91))
    assert (purge_evidence(), purge_evidence()) == (1, 0)
    tidy()
    assert (Evidence.objects.count(), Picture.objects.count()) == (0, 0)
    assert Report.objects.get().words == ""
    page = logged_in(mona).get(reverse("moderation:case", args=[case_id]))
    assert "It was removed" in page.text


def test_pictures_of_a_post_that_is_still_there_stay_when_evidence_goes(
    ada: Person, bob: Person, mona: Person, pictured: Post
) -> None:
    decide(report(reporter=bob, person=ada, category="abuse", post_ids=[pictured.pk])[0].case_id, mona, Verb.WARN)
    Case.objects.update(closed_at=timezone.now() - timedelta(days=91))
    purge_evidence()
    tidy()
    assert is_public(Picture.objects.get())


def test_evidence_outlives_the_account(ada: Person, bob: Person, pictured: Post, deliver: Callable[[], int]) -> None:
    report(reporter=bob, person=ada, category="abuse", post_ids=[pictured.pk])
    delete_account(person=ada)
    while deliver():
        pass
    tidy()
    assert (Evidence.objects.get().text, Picture.objects.get().held) == ("Look", True)


def test_who_deletes_their_account_leaves_no_words(
    ada: Person, bob: Person, mona: Person, pictured: Post, deliver: Callable[[], int]
) -> None:
    made, _ = report(reporter=bob, person=ada, category="abuse", words="I am Bob", post_ids=[pictured.pk])
    decide(made.case_id, mona, Verb.WARN)
    delete_account(person=bob)
    while deliver():
        pass
    assert Report.objects.get().words == ""


def test_the_author_of_a_hidden_post_still_sees_its_picture_and_nobody_else_does(
    ada: Person, bob: Person, mona: Person, pictured: Post, api_of: Callable[[Person | None], Client]
) -> None:
    case_id = report(reporter=bob, person=ada, category="abuse", post_ids=[pictured.pk])[0].case_id
    decide(case_id, mona, Verb.HIDE, post_ids=[pictured.pk])
    tidy()
    page = logged_in(ada).get(f"/posts/{pictured.pk}/").text
    (shown,) = api_of(ada).get(f"/api/social/v1/posts/{pictured.pk}/").json()["pictures"]
    address = urlsplit(shown["urls"]["480"])
    assert (f"/posts/{pictured.pk}/pictures/" in page, shown["description"]) == (True, "A fist")
    file = f"{address.path}?{address.query}"
    assert b"".join(logged_in(ada).get(file))[:4] == b"RIFF"
    assert logged_in(bob).get(file).status_code == 404
    # Nor does the address open it for anybody else, once it is deleted.
    delete_post(post_id=pictured.pk, by=ada)
    assert [browser.get(file).status_code for browser in (logged_in(ada), Client())] == [404, 404]


def warned(ada: Person, bob: Person, mona: Person) -> Appeal:
    """What Ada answers to a warning; it waits."""
    made, _ = report(reporter=bob, person=ada, category="abuse")
    (action,) = decide(made.case_id, mona, Verb.WARN)
    return appeal(action=action, person=ada, words="I am Ada")


def test_after_its_time_the_words_of_an_appeal_go_too(ada: Person, bob: Person, mona: Person) -> None:
    made = warned(ada, bob, mona)
    decide_appeal(appeal_id=made.pk, moderator=mona, granted=False)
    purge_evidence()
    assert Appeal.objects.get().words == "I am Ada"
    Case.objects.update(closed_at=timezone.now() - timedelta(days=91))
    purge_evidence()
    assert (Appeal.objects.get().words, Appeal.objects.get().state) == ("", "rejected")
    for browser, page in (
        (logged_in(ada), address_of(Notice.objects.filter(person=ada, action=made.action).get().pk)),
        (logged_in(mona), reverse("moderation:case", args=[made.case_id])),
    ):
        answer = browser.get(page).text
        assert ("rejected" in answer, "<blockquote" in answer) == (True, False)


@pytest.mark.parametrize(("decided", "left"), [(True, ""), (False, "I am Ada")])
def test_an_account_that_is_deleted_leaves_the_words_of_appeals_that_wait_alone(
    ada: Person, bob: Person, mona: Person, deliver: Callable[[], int], *, decided: bool, left: str
) -> None:
    made = warned(ada, bob, mona)
    if decided:
        decide_appeal(appeal_id=made.pk, moderator=mona, granted=False)
    delete_account(person=ada)
    while deliver():
        pass
    assert Appeal.objects.get().words == left
