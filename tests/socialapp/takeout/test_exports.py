"""An export of all that one has here: what is in it, who may have it, when, and for how long."""

import json
from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.db.models import F
from django.test import Client

from socialapp.media.files import AtomicFileSystemStorage
from socialapp.messaging.consumer import consume
from socialapp.posts.framing import Framing
from socialapp.posts.operations import publish_post
from socialapp.takeout import exports
from socialapp.takeout.activities import PUBLIC
from socialapp.takeout.models import Export, ExportPart
from socialapp.takeout.operations import PAUSE, remove_export, request_export, tidy
from socialapp.takeout.tasks import sweep
from socialapp.users.models import Person
from socialapp.users.operations import delete_account
from socialapp.visibility import Visibility
from tests.passwords import ada
from tests.people import PASSWORD, logged_in
from tests.socialapp.takeout.archives import NEVER, downloaded, furnish, items, made, rows

__all__ = ["ada"]
pytestmark = pytest.mark.django_db(transaction=True)
SITE = "http://127.0.0.1:8000"


def pass_time(span: timedelta) -> None:
    Export.objects.update(
        created_at=F("created_at") - span,
        due_at=F("due_at") - span,
        expires_at=F("expires_at") - span,
        finished_at=F("finished_at") - span,
    )


def browser_of(person: Person) -> Client:
    """A browser in which the password was typed lately."""
    browser = logged_in(person)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def stored_files() -> set[str]:
    storage = storages["exports"]
    assert isinstance(storage, AtomicFileSystemStorage)
    return {name for name, _size in storage.files()}


def test_all_that_one_has_is_in_it(ada: Person, bob: Person) -> None:
    post = furnish(ada, bob)
    consume()
    archive = downloaded(browser_of(ada), made(ada))
    create, announce = items(archive, "outbox.json")
    note = create["object"]
    assert (create["type"], announce["type"]) == ("Create", "Announce")
    assert note["id"] == f"{SITE}/posts/{post.pk}/"
    assert note["content"] == "<p>Hello @bob, &lt;i&gt;fog&lt;/i&gt; &amp; #fog</p>"
    assert note["source"]["content"] == "Hello @bob, <i>fog</i> & #fog"
    assert [version["body"] for version in note["versions"]] == ["Hello @bob, <b>fog</b> & #fog"]
    assert [tag["name"] for tag in note["tag"]] == ["#fog", "@bob"]
    assert (note["to"], note["cc"]) == ([PUBLIC], [f"{SITE}/@ada/followers/", f"{SITE}/@bob/"])
    (attachment,) = note["attachment"]
    assert attachment["name"] == "Fog over the #river"
    assert archive.read(attachment["url"])[8:12] == b"WEBP"
    theirs = announce["object"]
    assert items(archive, "likes.json") == items(archive, "bookmarks.json") == [theirs]
    assert rows(archive, "bookmarks.csv") == [[theirs]]
    assert rows(archive, "following_accounts.csv")[1:] == [["bob@127.0.0.1:8000", "true", "false", ""]]
    assert rows(archive, "following_accounts.csv")[0][0] == "Account address"
    assert rows(archive, "blocked_accounts.csv") == [["mallory@127.0.0.1:8000"]]
    assert rows(archive, "muted_accounts.csv")[1:] == [["noisy@127.0.0.1:8000", "true", ""]]
    told = {(each["type"], each["actor"], each["object"]) for each in items(archive, "inbox.json")}
    assert told == {(kind, f"{SITE}/@bob/", note["id"]) for kind in ("Like", "Announce")}
    actor = json.loads(archive.read("actor.json"))
    assert (actor["preferredUsername"], actor["outbox"]) == ("ada", "outbox.json")
    assert json.loads(archive.read("account.json"))["username"] == "ada"
    assert json.loads(archive.read("notification_settings.json"))["schedule"]["time_zone"] == "UTC"


def test_each_post_says_for_whom_it_is(ada: Person, bob: Person) -> None:
    for visibility in Visibility:
        publish_post(
            author=ada, body="Psst, @bob", framing=Framing(visibility=visibility, warning="Fog" * visibility.is_open)
        )
    notes = [each["object"] for each in items(downloaded(browser_of(ada), made(ada)), "outbox.json")]
    followers, named = f"{SITE}/@ada/followers/", f"{SITE}/@bob/"
    assert [(note["to"], note["cc"]) for note in notes] == [
        ([PUBLIC], [followers, named]),
        ([followers], [PUBLIC, named]),
        ([followers], [named]),
        ([named], []),
    ]
    assert [(note["summary"], note["sensitive"]) for note in notes] == [("Fog", True)] * 2 + [(None, False)] * 2


def test_whoever_has_nothing_gets_that(ada: Person) -> None:
    archive = downloaded(browser_of(ada), made(ada))
    assert items(archive, "outbox.json") == items(archive, "inbox.json") == []


def test_small_parts_make_the_same_archive(ada: Person, bob: Person) -> None:
    furnish(ada, bob)
    consume()
    whole = downloaded(browser_of(ada), made(ada))
    pass_time(PAUSE)
    with patch.object(exports, "PART_ROWS", 1):
        export = made(ada)
    assert export.parts.count() > 8
    pieces = downloaded(browser_of(ada), export)
    assert {name: pieces.read(name) for name in pieces.namelist()} == {
        name: whole.read(name) for name in whole.namelist()
    }


def test_one_at_a_time_and_one_a_day(ada: Person) -> None:
    request_export(person=ada)
    with pytest.raises(ValidationError, match="being made already"):
        request_export(person=ada)
    exports.work(NEVER)
    with pytest.raises(ValidationError, match="one export a day"):
        request_export(person=ada)
    pass_time(PAUSE)
    request_export(person=ada)
    assert Export.objects.filter(person=ada).count() == 2


def test_only_the_owner_downloads_it_and_only_with_the_password(ada: Person, bob: Person) -> None:
    export = made(ada)
    address = f"/settings/export/{export.pk}/download/"
    assert Client().get(address).status_code == 302
    assert browser_of(bob).get(address).status_code == 404
    session_alone = logged_in(ada).get(address)
    assert session_alone.status_code == 302
    assert "/reauthenticate/" in session_alone.url  # type: ignore[attr-defined]
    link = browser_of(ada).get(address).url  # type: ignore[attr-defined]
    assert browser_of(bob).get(link).status_code == 404
    assert Client().get(link).status_code == 302
    assert logged_in(ada).get(link).status_code == 200  # so that a download that was cut off can go on
    assert logged_in(ada).get(f"{link}x").status_code == 302


def test_a_download_goes_on_where_it_was_cut_off(ada: Person, bob: Person) -> None:
    furnish(ada, bob)
    with patch.object(exports, "PART_ROWS", 2):
        export = made(ada)
    link = browser_of(ada).get(f"/settings/export/{export.pk}/download/").url  # type: ignore[attr-defined]

    def part(range_: str) -> tuple[int, bytes]:
        answer = logged_in(ada).get(link, headers={"range": range_})
        return answer.status_code, b"".join(answer.streaming_content)  # type: ignore[attr-defined]

    status, whole = part("")
    assert (status, len(whole)) == (200, export.size)
    for begin, end in ((0, 0), (1, 700), (699, export.size - 1), (export.size - 1, export.size + 5)):
        assert part(f"bytes={begin}-{end}") == (206, whole[begin : end + 1])
    assert part("bytes=300-") == (206, whole[300:])
    beyond = logged_in(ada).get(link, headers={"range": f"bytes={export.size}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{export.size}")
    assert logged_in(ada).head(link).headers["Content-Length"] == str(export.size)


def test_few_downloads_at_once(ada: Person) -> None:
    export = made(ada)
    link = browser_of(ada).get(f"/settings/export/{export.pk}/download/").url  # type: ignore[attr-defined]
    running = [logged_in(ada).get(link) for _ in range(2)]
    refused = logged_in(ada).get(link)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    for answer in running:
        answer.close()
    assert logged_in(ada).get(link).status_code == 200


def test_it_goes_after_its_time_and_at_once_when_its_owner_wants(ada: Person) -> None:
    export = made(ada)
    assert len(stored_files()) == export.parts.count() == 2
    tidy()
    assert len(stored_files()) == 2
    pass_time(timedelta(days=7))
    tidy()
    assert stored_files() == set()
    assert browser_of(ada).get(f"/settings/export/{export.pk}/download/").status_code == 404
    second = made(ada)
    assert logged_in(ada).post(f"/settings/export/{second.pk}/remove/").status_code == 302
    tidy()
    assert (stored_files(), ExportPart.objects.count()) == (set(), 0)
    with pytest.raises(ValidationError):  # still one a day
        request_export(person=ada)
    pass_time(PAUSE)
    tidy()
    assert Export.objects.count() == 0


def test_a_cancelled_one_is_not_gone_on_with(ada: Person) -> None:
    request_export(person=ada)
    export = exports.claim()
    assert export
    exports.next_part(export)
    remove_export(person=ada, export_id=export.pk)
    with pytest.raises(exports.LeaseLost):
        exports.next_part(export)
    tidy()
    assert len(stored_files()) == 2  # the worker may be at it: its lease has not ended
    pass_time(exports.LEASE)
    tidy()
    assert stored_files() == set()


def test_of_two_workers_only_the_last_claim_stores(ada: Person, bob: Person) -> None:
    furnish(ada, bob)
    request_export(person=ada)
    with patch.object(exports, "PART_ROWS", 3):
        hung = exports.claim()
        assert hung
        exports.next_part(hung)
        pass_time(exports.LEASE)
        other = exports.claim()
        assert other
        exports.next_part(other)
        with pytest.raises(exports.LeaseLost):
            exports.next_part(hung)
        exports.make(other, NEVER)
    archive = downloaded(browser_of(ada), Export.objects.get())
    assert len(items(archive, "outbox.json")) == 2


def test_a_storage_that_is_away_is_waited_for(ada: Person) -> None:
    export = request_export(person=ada)
    with patch.object(AtomicFileSystemStorage, "_save", side_effect=OSError("full")):
        assert exports.work(NEVER) is False
    export.refresh_from_db()
    assert export.state == Export.State.RUNNING
    assert exports.claim() is None
    pass_time(exports.LONGEST_PAUSE)
    exports.work(NEVER)
    export.refresh_from_db()
    assert export.state == Export.State.READY


def test_what_fails_each_time_is_given_up_and_may_be_requested_again(ada: Person) -> None:
    request_export(person=ada)
    with patch.object(exports, "next_part", side_effect=RuntimeError("a fault of ours")):
        for _ in range(exports.MOST_ATTEMPTS + 1):
            pass_time(exports.LEASE)
            exports.work(NEVER)
    assert Export.objects.get().state == Export.State.FAILED
    assert "could not be made" in logged_in(ada).get("/settings/export/").text
    made(ada)


def test_the_page_shows_how_far_it_is(ada: Person, bob: Person) -> None:
    furnish(ada, bob)
    browser = logged_in(ada)
    assert "Request an export" in browser.get("/settings/export/").text
    assert browser.post("/settings/export/request/").status_code == 302
    export = exports.claim()
    assert export
    page = browser.get("/settings/export/").text
    assert '<progress class="progress" id="export-progress" max="100" value="0">' in page
    assert 'hx-trigger="every 2s"' in page
    with patch.object(exports, "PART_ROWS", 6):
        exports.next_part(export)
    part = browser.get("/settings/export/", headers={"HX-Request": "true", "HX-Target": "export"}).text
    assert part.lstrip().startswith("<div")
    percent = Export.objects.get().percent
    assert 0 < percent < 100
    assert f'value="{percent}"' in part
    exports.make(export, NEVER)
    assert "Download" in browser.get("/settings/export/").text
    refused = browser.post("/settings/export/request/", follow=True)
    assert "one export a day" in refused.text


def test_a_deleted_account_leaves_no_export(ada: Person, deliver: Callable[[], int]) -> None:
    made(ada)
    delete_account(person=ada)
    deliver()
    tidy()
    assert stored_files() == set()


def test_what_is_ready_is_announced_even_if_the_worker_died_before_it_could(ada: Person) -> None:
    with patch.object(exports, "notify", side_effect=SystemExit), pytest.raises(SystemExit):
        made(ada)
    assert not Export.objects.get().is_announced
    pass_time(exports.LEASE)
    sweep()
    assert Export.objects.get().is_announced
