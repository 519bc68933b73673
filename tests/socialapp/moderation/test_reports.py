"""Reports, and the evidence with them."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from rest_framework.test import APIClient

from notifications.models import Stranger
from socialapp.api.idempotency import KeyReused
from socialapp.follows.models import Follow, FollowRequest
from socialapp.follows.operations import block, follow
from socialapp.moderation.models import Case, Evidence, Report, Rule
from socialapp.moderation.operations.acts import dismiss
from socialapp.moderation.operations.cases import open_case
from socialapp.moderation.operations.reports import _store, report
from socialapp.posts.framing import Framing
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, edit_post, publish_post
from socialapp.users.models import Person
from socialapp.users.operations import suspend
from socialapp.visibility import Visibility
from tests.people import logged_in


def test_a_report_opens_a_case_with_the_post_as_it_is(ada: Person, bob: Person, post: Post, rule: Rule) -> None:
    made, is_new = report(reporter=bob, person=ada, category="abuse", rule=rule, words="Look.", post_ids=[post.pk])
    assert (is_new, made.state, made.case.person_id) == (True, "open", ada.pk)
    edit_post(post_id=post.pk, by=ada, body="I never said that.")
    assert [(each.post_id, each.text) for each in made.evidence.all()] == [(post.pk, "Good morning!")]


def test_the_same_report_sent_twice_is_one(ada: Person, bob: Person, post: Post) -> None:
    first, _ = report(reporter=bob, person=ada, category="spam", post_ids=[post.pk])
    again, is_new = report(reporter=bob, person=ada, category="spam", post_ids=[post.pk])
    assert (again.pk, is_new, Report.objects.count()) == (first.pk, False, 1)


def test_all_that_is_reported_of_one_person_is_one_case(ada: Person, bob: Person, charlie: Person, post: Post) -> None:
    report(reporter=bob, person=ada, category="spam", post_ids=[post.pk])
    report(reporter=charlie, person=ada, category="abuse", post_ids=[post.pk])
    case = Case.objects.get()
    assert (case.reports.count(), Evidence.objects.count()) == (2, 1)


def test_a_post_that_was_edited_between_two_reports_is_kept_in_both_versions(
    ada: Person, bob: Person, charlie: Person, post: Post
) -> None:
    report(reporter=bob, person=ada, category="abuse", post_ids=[post.pk])
    edit_post(post_id=post.pk, by=ada, body="Worse.")
    report(reporter=charlie, person=ada, category="abuse", post_ids=[post.pk])
    assert set(Evidence.objects.values_list("text", flat=True)) == {"Good morning!", "Worse."}


def test_a_report_without_posts_keeps_the_profile(ada: Person, bob: Person) -> None:
    Person.objects.filter(pk=ada.pk).update(bio="I sell watches.")
    made, _ = report(reporter=bob, person=Person.objects.get(pk=ada.pk), category="spam")
    assert [each.text for each in made.evidence.all()] == ["Ada (@ada)\n\nI sell watches."]


def test_nobody_reports_themselves(ada: Person, post: Post) -> None:
    with pytest.raises(ValidationError, match="yourself"):
        report(reporter=ada, person=ada, category="spam", post_ids=[post.pk])


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT])
def test_a_post_that_is_not_for_the_reporter_is_refused(ada: Person, bob: Person, visibility: Visibility) -> None:
    post, _ = publish_post(author=ada, body="For others", framing=Framing(visibility))
    assert logged_in(bob).get(f"/posts/{post.pk}/report/").status_code == 404
    with pytest.raises(ValidationError, match="gone"):
        report(reporter=bob, person=ada, category="spam", post_ids=[post.pk])
    assert report(reporter=bob, person=ada, category="spam")[1]


def test_whoever_blocks_somebody_reports_them_and_their_posts(ada: Person, bob: Person, post: Post) -> None:
    """From their profile, and from the list of those who are blocked."""
    follow(follower_id=bob.pk, followee_id=ada.pk)
    publish_post(author=ada, body="For followers", framing=Framing(Visibility.FOLLOWERS))
    block(blocker_id=bob.pk, blocked_id=ada.pk)
    browser = logged_in(bob)
    for page in ("/@ada/", "/settings/muted/?which=blocked"):
        assert 'href="/@ada/report/"' in browser.get(page).text
    page = browser.get("/@ada/report/").text
    assert ("Good morning!" in page, "For followers" in page) == (True, False)
    answer = browser.post("/@ada/report/", {"category": "abuse", "posts": [post.pk]}, follow=True)
    assert (answer.redirect_chain, answer.status_code) == ([("/@ada/", 302)], 200)
    assert [each.text for each in Report.objects.get().evidence.all()] == ["Good morning!"]


def test_whoever_is_blocked_reports_what_they_have_seen(ada: Person, bob: Person, post: Post) -> None:
    """The page shows what mentions them, and the post it was opened for; it leads home: the profile is a 404."""
    rude, _ = publish_post(author=ada, body="@bob, go away!", framing=Framing(Visibility.DIRECT))
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    browser = logged_in(bob)
    page = browser.get("/@ada/report/").text
    assert ("go away!" in page, "Good morning!" in page, 'href="/@ada/"' in page) == (True, False, False)
    values = {"category": "abuse", "posts": [rude.pk, post.pk]}
    answer = browser.post(f"/posts/{post.pk}/report/", values, follow=True)
    assert (answer.redirect_chain, answer.status_code) == ([("/", 302)], 200)
    assert Report.objects.get().evidence.count() == 2


def test_what_was_edited_after_a_block_is_not_shown_to_who_is_blocked(ada: Person, bob: Person) -> None:
    direct, _ = publish_post(author=ada, body="@bob, go away!", framing=Framing(Visibility.DIRECT))
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    assert "go away!" in logged_in(bob).get("/@ada/report/").text
    edit_post(post_id=direct.pk, by=ada, body="@bob, my secret")
    assert "secret" not in logged_in(bob).get("/@ada/report/").text


def test_whoever_is_suspended_has_no_report_in_the_list_of_blocks(ada: Person, bob: Person) -> None:
    block(blocker_id=bob.pk, blocked_id=ada.pk)
    suspend(person=ada, reason="Spam")
    page = logged_in(bob).get("/settings/muted/?which=blocked").text
    assert ("@ada" in page, "/@ada/report/" in page) == (True, False)


def test_a_post_of_somebody_else_is_refused(ada: Person, bob: Person, charlie: Person) -> None:
    other = publish_post(author=charlie, body="Mine")[0]
    with pytest.raises(ValidationError, match="somebody else"):
        report(reporter=bob, person=ada, category="spam", post_ids=[other.pk])


def test_the_page_reports_the_post_and_others_by_its_author(ada: Person, bob: Person, post: Post, rule: Rule) -> None:
    other = publish_post(author=ada, body="Another one")[0]
    browser = logged_in(bob)
    page = browser.get(f"/posts/{post.pk}/report/")
    assert "Another one" in page.text
    values = {"category": "abuse", "rule": rule.pk, "posts": [post.pk, other.pk], "words": "Both."}
    assert browser.post(f"/posts/{post.pk}/report/", values).status_code == 302
    made = Report.objects.get()
    assert (made.rule, made.words, made.evidence.count()) == (rule, "Both.", 2)


def test_the_page_says_what_is_missing(bob: Person, post: Post) -> None:
    page = logged_in(bob).post(f"/posts/{post.pk}/report/", {"posts": [post.pk]})
    assert (page.status_code, Report.objects.count()) == (400, 0)
    assert "This field is required" in page.text


def test_the_menu_of_each_post_and_person_leads_to_the_report(bob: Person, ada: Person, post: Post) -> None:
    assert f"/posts/{post.pk}/report/" in logged_in(bob).get(f"/posts/{post.pk}/").text
    assert "/@ada/report/" in logged_in(bob).get("/@ada/").text
    assert f"/posts/{post.pk}/report/" not in logged_in(ada).get(f"/posts/{post.pk}/").text


def test_the_menu_beside_who_follows_asks_to_or_waits_in_the_box_leads_to_the_report(ada: Person, bob: Person) -> None:
    Stranger.objects.create(person=ada, stranger=bob)
    FollowRequest.objects.create(followee=ada, follower=bob)
    Follow.objects.create(followee=ada, follower=bob)
    browser = logged_in(ada)
    for page in ("/inbox/filtered/", "/follow-requests/", "/@ada/followers/"):
        assert browser.get(page).text.count('href="/@bob/report/"') == 1, page
    assert "/@bob/report/" not in logged_in(bob).get("/@ada/followers/").text


def test_a_program_reports_and_hears_what_became_of_it(
    ada: Person, bob: Person, post: Post, rule: Rule, api_of: Callable[[Person | None], APIClient]
) -> None:
    api = api_of(bob)
    body = {"person": "ada", "posts": [post.pk], "category": "spam", "rule": rule.pk, "words": "Buy, buy"}
    first = api.post("/api/social/v1/reports/", body, format="json")
    assert (first.status_code, first.json()["state"], first.json()["posts"]) == (201, "open", [post.pk])
    assert api.post("/api/social/v1/reports/", body, format="json").status_code == 200
    listed = api.get("/api/social/v1/reports/").json()["results"]
    assert [each["id"] for each in listed] == [first.json()["id"]]
    assert api_of(ada).get("/api/social/v1/reports/").json()["results"] == []


def test_a_program_that_repeats_a_report_with_its_key_makes_no_other_one_whatever_came_of_it(
    ada: Person, bob: Person, charlie: Person, post: Post, mona: Person, api_of: Callable[[Person | None], APIClient]
) -> None:
    """Not when it is decided meanwhile, nor when the post is gone. Another one needs another key."""
    api, key = api_of(bob), {"Idempotency-Key": "first"}
    body = {"person": "ada", "posts": [post.pk], "category": "spam"}
    first = api.post("/api/social/v1/reports/", body, format="json", headers=key).json()
    dismiss(case_id=Case.objects.get().pk, moderator=mona)
    delete_post(post_id=post.pk, by=ada)
    again = api.post("/api/social/v1/reports/", body, format="json", headers=key)
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (200, first["id"], "dismissed")
    for change in ({"category": "abuse"}, {"person": "charlie", "posts": []}):
        assert api.post("/api/social/v1/reports/", body | change, format="json", headers=key).status_code == 422
    assert Report.objects.count() == 1
    theirs = api_of(charlie).post("/api/social/v1/reports/", {"person": "ada", "category": "spam"}, "json", headers=key)
    assert (theirs.status_code, Report.objects.count()) == (201, 2)


def test_a_key_that_is_used_for_two_people_at_once_is_of_one_of_them(ada: Person, bob: Person, charlie: Person) -> None:
    """Neither sees the other's before it stores its own: the second is stored nowhere."""
    report(reporter=bob, person=ada, category="spam", key="first")
    case = open_case(charlie.pk)
    with pytest.raises(KeyReused):
        _store(Report(reporter=bob, case=case, category="spam", digest="another", client_key="first"))
    assert Report.objects.get().case.person == ada


@pytest.mark.parametrize(
    "body",
    [
        {"person": "ada"},
        {"person": "ada", "category": "boring"},
        {"person": "ada", "category": "spam", "posts": [1]},
        {"person": "ada", "category": "spam", "rule": 999_999},
        {"person": "ada", "category": "spam", "words": "x" * 1_001},
        {"person": "bob", "category": "spam"},
    ],
)
def test_a_program_is_told_what_is_wrong(
    ada: Person, bob: Person, api_of: Callable[[Person | None], APIClient], body: dict[str, object]
) -> None:
    assert api_of(bob).post("/api/social/v1/reports/", body, format="json").status_code == 400
    assert Report.objects.count() == 0


def test_the_rules_are_public_and_the_first_drafts_are_in_the_reader_s_language(
    db: None, api_of: Callable[[Person | None], APIClient]
) -> None:
    Rule.objects.all().delete()
    Rule.objects.create(title="Be decent", position=1)
    Rule.objects.create(title="Talk of cats only", position=2)
    Rule.objects.create(title="Gone", position=3, retired_at="2026-01-01T00:00:00Z")
    german = api_of(None).get("/api/social/v1/rules/", headers={"Accept-Language": "de"}).json()
    assert [each["title"] for each in german] == ["Sei anständig", "Talk of cats only"]
