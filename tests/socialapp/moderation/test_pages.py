"""The pages of moderators: who may open them, and what they show."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from socialapp.moderation.models import Action, Case, Note, Report, Rule, Verb
from socialapp.moderation.operations import acts, cases
from socialapp.moderation.operations.appeals import appeal
from socialapp.moderation.roles import GROUP, is_moderator
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post
from socialapp.users.models import Person
from tests.elements import elements
from tests.people import logged_in, new_person
from tests.socialapp.moderation.test_acts import decide


def pages(case_id: int, person: Person) -> list[str]:
    """Each page of moderators that is looked at."""
    return [
        reverse("moderation:queue"),
        reverse("moderation:log"),
        reverse("moderation:log_csv"),
        reverse("moderation:case", args=[case_id]),
        reverse("moderation:person", args=[person.pk]),
    ]


def test_only_moderators_open_them(ada: Person, bob: Person, mona: Person, reported: Callable[..., int]) -> None:
    case_id = reported()
    for page in pages(case_id, bob):
        assert Client().get(page).status_code == 302
        assert logged_in(bob).get(page).status_code == 403
        assert logged_in(mona).get(page).status_code == 200


def test_with_https_they_open_to_a_second_factor_alone(mona: Person, settings: LazySettings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    answer = logged_in(mona).get("/moderation/")
    assert (answer.status_code, answer["Location"]) == (302, "/settings/security/")


def test_the_way_there_is_shown_to_moderators_alone(bob: Person, mona: Person) -> None:
    assert 'href="/moderation/"' in logged_in(mona).get("/").text
    assert 'href="/moderation/"' not in logged_in(bob).get("/").text


def test_the_inbox_leads_from_what_moderators_wrote_to_all_of_it(bob: Person) -> None:
    browser = logged_in(bob)
    for address, links in (("/inbox/?only=moderation", 1), ("/inbox/", 0)):
        main = browser.get(address).text.split("<main", 1)[1]
        assert main.count('<a href="/notices/">All from the moderators</a>') == links


def test_an_operator_makes_moderators(bob: Person) -> None:
    call_command("moderator", "@Bob")
    assert is_moderator(Person.objects.get(pk=bob.pk))
    call_command("moderator", "bob", "--remove")
    assert not is_moderator(Person.objects.get(pk=bob.pk))
    with pytest.raises(CommandError, match="nobody"):
        call_command("moderator", "charlie")


def test_somebody_who_no_longer_moderates_is_out_at_once(mona: Person) -> None:
    browser = logged_in(mona)
    assert browser.get("/moderation/").status_code == 200
    mona.groups.clear()
    assert browser.get("/moderation/").status_code == 403
    assert 'href="/moderation/"' not in browser.get("/").text


def test_what_is_about_a_moderator_is_not_shown_to_them(mona: Person, max_: Person, bob: Person) -> None:
    from socialapp.moderation.operations.reports import report

    made, _ = report(reporter=bob, person=mona, category="abuse", words="Power went to her head")
    case = reverse("moderation:case", args=[made.case_id])
    assert (logged_in(mona).get(case).status_code, logged_in(max_).get(case).status_code) == (404, 200)
    assert "@mona" not in logged_in(mona).get("/moderation/").text.partition('id="cases"')[2]
    assert "@mona" in logged_in(max_).get("/moderation/").text


def test_the_queue_is_filtered_and_has_pages(
    mona: Person, max_: Person, bob: Person, reported: Callable[..., int]
) -> None:
    from socialapp.moderation.operations.reports import report

    browser, first = logged_in(mona), reported()
    assert "Nothing waits" in browser.get("/moderation/?which=mine").text
    cases.claim(case_id=first, moderator=mona)
    assert "@ada" in browser.get("/moderation/?which=mine").text
    assert "Mona works on it" in logged_in(max_).get("/moderation/").text
    for number in range(20):
        report(reporter=bob, person=new_person(f"spammer{number}"), category="spam")
    page = browser.get("/moderation/")
    assert page.text.count('class="case-row"') == 20
    following = page.context["page"].next
    assert browser.get(f"/moderation/?page={following}").text.count('class="case-row"') == 1
    acts.dismiss(case_id=first, moderator=mona)
    assert "@ada" in browser.get("/moderation/?which=closed").text


def test_the_case_shows_what_was_reported_and_how_it_stands(
    ada: Person, mona: Person, post: Post, reported: Callable[..., int]
) -> None:
    case_id = reported()
    delete_post(post_id=post.pk, by=ada)
    page = logged_in(mona).get(reverse("moderation:case", args=[case_id])).text
    for shown in ("Good morning!", "deleted by its author since", "He is rude", "Harassment, hate or threats", "@bob"):
        assert shown in page


def test_acting_leads_to_the_next_case_with_an_undo(
    ada: Person, bob: Person, mona: Person, post: Post, rule: Rule, reported: Callable[..., int]
) -> None:
    from socialapp.moderation.operations.reports import report

    first, browser = reported(), logged_in(mona)
    second = report(reporter=bob, person=new_person("dora"), category="spam")[0].case_id
    values = {"verb": "hide", "posts": [post.pk], "rule": rule.pk}
    answer = browser.post(reverse("moderation:case", args=[first]), values, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("moderation:case", args=[second])
    undo = reverse("moderation:undo", args=[Action.objects.get().pk])
    assert undo in answer.text
    browser.post(undo)
    post.refresh_from_db()
    assert post.hidden_at is None


def test_an_act_without_a_why_is_refused_and_a_template_is_one(mona: Person, reported: Callable[..., int]) -> None:
    from socialapp.moderation.models import Template

    template = Template.objects.create(title="Once", text="Please stop.")
    case, browser = reverse("moderation:case", args=[reported()]), logged_in(mona)
    refused = browser.post(case, {"verb": "warn"})
    assert (refused.status_code, "Give a rule or some words" in refused.text) == (400, True)
    browser.post(case, {"verb": "warn", "template": template.pk})
    assert Action.objects.get().words == "Please stop."


def test_many_cases_are_decided_at_once_and_one_that_cannot_be_is_named(
    ada: Person, bob: Person, mona: Person, rule: Rule, reported: Callable[..., int]
) -> None:
    from socialapp.moderation.operations.reports import report

    chosen = [reported()]
    chosen += [report(reporter=bob, person=new_person(f"bot{n}"), category="spam")[0].case_id for n in range(3)]
    Person.objects.filter(username="bot1").update(is_staff=True)
    values = {"cases": chosen, "verb": "suspend", "rule": rule.pk}
    page = logged_in(mona).post(reverse("moderation:queue"), values, follow=True).text
    assert "3 cases are decided." in page
    assert "@bot1: Only a superuser may act against staff." in page
    assert Person.objects.filter(suspended_at__isnull=False).count() == 3
    assert Case.objects.get(closed_at=None).person.username == "bot1"


def test_a_decision_for_many_that_cannot_be_keeps_what_was_chosen(mona: Person, reported: Callable[..., int]) -> None:
    case, browser = reported(), logged_in(mona)
    page = f"{reverse('moderation:queue')}?which=open"
    refused = browser.post(page, {"cases": [case, 77], "verb": "suspend", "words": ""})
    assert (refused.status_code, "Give a rule or some words" in refused.text) == (400, True)
    other, box = elements(refused.text, "input", name="cases")
    assert (other.attributes["type"], other.attributes["value"]) == ("hidden", "77")
    assert (box.attributes["value"], "checked" in box.attributes) == (str(case), True)
    (verb,) = elements(refused.text, "option", value="suspend")
    assert "selected" in verb.attributes
    assert "Choose some cases first" in browser.post(page, {"verb": "dismiss"}).text
    done = browser.post(page, {"cases": [case], "verb": "dismiss"})
    assert (done.status_code, done["Location"]) == (302, page)


def test_notes_are_for_moderators_and_in_the_log(ada: Person, mona: Person, max_: Person) -> None:
    browser = logged_in(mona)
    browser.post(reverse("moderation:add_note", args=[ada.pk]), {"text": "Wrote to us, seems nice."})
    page = reverse("moderation:person", args=[ada.pk])
    assert "seems nice" in logged_in(max_).get(page).text
    logged_in(max_).post(reverse("moderation:remove_note", args=[Note.objects.get().pk]))
    assert list(Action.objects.order_by("pk").values_list("verb", "moderator__username")) == [
        ("note", "mona"),
        ("remove_note", "max"),
    ]


@pytest.mark.parametrize("text", ["", "a\0b", "x" * 2_001])
def test_a_note_that_cannot_be_kept_is_refused(ada: Person, mona: Person, text: str) -> None:
    browser, page = logged_in(mona), reverse("moderation:person", args=[ada.pk])
    answer = browser.post(reverse("moderation:add_note", args=[ada.pk]), {"text": text, "next": page}, follow=True)
    assert "flash-error" in answer.text
    assert (answer.redirect_chain, Note.objects.count()) == ([(page, 302)], 0)


def test_the_log_is_filtered_and_exported_without_formulas(
    ada: Person, mona: Person, max_: Person, reported: Callable[..., int]
) -> None:
    decide(reported(), mona, Verb.WARN, words="=1+1")
    acts.act(moderator=max_, verb=Verb.WARN, person=ada, words="Second")
    browser = logged_in(mona)
    assert "Second" in browser.get("/moderation/log/").text
    assert "Second" not in browser.get("/moderation/log/?moderator=mona").text
    file = browser.get("/moderation/log.csv?verb=warn")
    lines = b"".join(file).decode().splitlines()
    assert lines[0].startswith("id,at,moderator,act,person")
    assert [line.split(",")[2:5] for line in lines[1:]] == [["max", "warn", "ada"], ["mona", "warn", "ada"]]
    assert "'=1+1" in lines[2]


def test_the_public_page_has_the_rules_and_numbers_per_month(
    ada: Person, mona: Person, rule: Rule, reported: Callable[..., int], db: None
) -> None:
    (action,) = decide(reported(), mona, Verb.WARN)
    appeal(action=action, person=ada, words="No.")
    page = Client().get("/about/moderation/")
    assert "Be kind" in page.text
    ((_month, numbers),) = page.context["numbers"]
    assert numbers == {"warn": 1, "reports": 1, "appeals": 1, "granted": 0}


def test_the_history_counts_what_stands(ada: Person, mona: Person, reported: Callable[..., int]) -> None:
    (action,) = decide(reported(), mona, Verb.WARN)
    page = reverse("moderation:person", args=[ada.pk])
    assert "1 act against them stands" in logged_in(mona).get(page).text
    acts.undo(action=action, moderator=mona)
    assert "0 acts against them stand" in logged_in(mona).get(page).text


def test_the_admin_s_acts_are_lines_of_the_log_too(ada: Person, post: Post) -> None:
    root = Person.objects.create_superuser("root", "root@example.org", None)
    browser = logged_in(root)
    browser.post("/admin/posts/post/", {"action": "hide", "_selected_action": [post.pk], "reason": "Rude"})
    browser.post("/admin/users/person/", {"action": "suspend", "_selected_action": [ada.pk], "reason": "Rude"})
    browser.post("/admin/users/person/", {"action": "unsuspend", "_selected_action": [ada.pk]})
    assert list(Action.objects.order_by("pk").values_list("verb", "moderator__username", "person__username")) == [
        ("hide", "root", "ada"),
        ("suspend", "root", "ada"),
        ("unsuspend", "root", "ada"),
    ]
    assert Report.objects.count() == 0
    assert GROUP == "Moderators"
