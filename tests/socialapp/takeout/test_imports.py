"""Files that people bring along: what is read, what is shown before, what is done, and what is refused."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.utils import timezone

from notifications.models import Mute
from notifications.preferences.mutes import mute_person
from notifications.preferences.takeout import MUTED, MUTES
from socialapp.bookmarks.models import Bookmark
from socialapp.follows.models import Block, Follow
from socialapp.follows.operations import block, follow
from socialapp.limits.rates import Rates
from socialapp.posts.models import Post
from socialapp.takeout import imports
from socialapp.takeout.kinds import BLOCKED, BOOKMARKS, FOLLOWING, ImportKind
from socialapp.takeout.lines import MOST_LINES, read
from socialapp.takeout.models import Import, Outcome
from socialapp.takeout.sections import csv_line
from socialapp.users.models import Person
from socialapp.users.operations import delete_account, suspend
from tests.people import logged_in, new_person
from tests.socialapp.takeout.archives import NEVER, downloaded, furnish, made

pytestmark = pytest.mark.django_db
MERGE, REPLACE = Import.Mode.MERGE, Import.Mode.REPLACE


def drafted(person: Person, kind: ImportKind, text: str) -> Import:
    return imports.draft_import(person=person, kind=kind, data=text.encode())


def outcomes(draft: Import) -> dict[str, str]:
    """{line: what becomes of it}"""
    return dict(draft.lines.values_list("text", "outcome"))


def taken_in(draft: Import, mode: Import.Mode = MERGE) -> dict[str, str]:
    imports.begin_import(person=draft.person, import_id=draft.pk, mode=mode)
    assert imports.work(NEVER) is False
    draft.refresh_from_db()
    assert draft.state == Import.State.DONE
    return outcomes(draft)


def followed(person: Person) -> set[str]:
    return set(Follow.objects.filter(follower=person).values_list("followee__username", flat=True))


def test_a_preview_says_what_would_be_done_and_does_nothing(ada: Person, bob: Person, charlie: Person) -> None:
    follow(follower_id=ada.pk, followee_id=bob.pk)
    follow(follower_id=ada.pk, followee_id=new_person("old").pk)
    lines = (
        "Account address,Show boosts\nbob@127.0.0.1:8000,true\n@Charlie,true\nada,true\neve@elsewhere.example,true\n"
    )
    draft = drafted(ada, FOLLOWING, lines)
    assert outcomes(draft) == {
        "bob@127.0.0.1:8000": Outcome.STANDS,
        "@Charlie": Outcome.TO_ADD,
        "ada": Outcome.OWN,
        "eve@elsewhere.example": Outcome.UNKNOWN,
        "@old": Outcome.TO_REMOVE,
    }
    assert followed(ada) == {"bob", "old"}


@pytest.mark.parametrize(("mode", "left"), [(MERGE, {"bob", "charlie", "old"}), (REPLACE, {"bob", "charlie"})])
def test_it_adds_or_replaces(mode: Import.Mode, left: set[str], ada: Person, bob: Person, charlie: Person) -> None:
    for person in (bob, new_person("old")):
        follow(follower_id=ada.pk, followee_id=person.pk)
    done = taken_in(drafted(ada, FOLLOWING, "bob\ncharlie\n"), mode)
    assert followed(ada) == left
    assert done["charlie"] == Outcome.ADDED
    assert done["@old"] == (Outcome.TO_REMOVE if mode == MERGE else Outcome.REMOVED)


def test_the_same_file_again_changes_nothing(ada: Person, bob: Person) -> None:
    taken_in(drafted(ada, FOLLOWING, "bob\n"))
    before = list(Follow.objects.values())
    assert taken_in(drafted(ada, FOLLOWING, "bob\nBOB\n@bob@127.0.0.1:8000\n")) == {"bob": Outcome.STANDS}
    assert list(Follow.objects.values()) == before


def test_blocks_mutes_and_bookmarks(ada: Person, bob: Person, charlie: Person, post: Post) -> None:
    taken_in(drafted(bob, BLOCKED, "charlie@127.0.0.1:8000\n"))
    taken_in(drafted(bob, MUTES, "Account address,Hide notifications\nada@127.0.0.1:8000,true\n"))
    taken_in(drafted(bob, BOOKMARKS, f"http://127.0.0.1:8000/posts/{post.pk}/\nhttps://else.example/posts/1/\n"))
    assert Block.objects.filter(blocker=bob, blocked=charlie).exists()
    assert Mute.objects.filter(person=bob, muted=ada).exists()
    assert Bookmark.objects.filter(person=bob, post=post).exists()
    for kind in (BLOCKED, MUTES):
        taken_in(drafted(bob, kind, "nobody_here\n"), REPLACE)
    assert not Block.objects.exists()
    assert not Mute.objects.exists()


def test_how_somebody_is_muted_and_until_when_goes_along(ada: Person, bob: Person, charlie: Person) -> None:
    end = timezone.now() + timedelta(days=3)
    mute_person(person=ada, muted=bob, until=end, notifications=False)
    mute_person(person=ada, muted=charlie)
    lines = "".join(csv_line(row).decode() for _id, row in MUTED.rows(ada, None))
    heir = new_person("heir")
    taken_in(drafted(heir, MUTES, csv_line(MUTED.header).decode() + lines))
    muted = {(mute.muted_id, mute.until, mute.notifications) for mute in Mute.objects.filter(person=heir)}
    assert muted == {(bob.pk, end, False), (charlie.pk, None, True)}


@pytest.mark.parametrize("end", ["tomorrow", "2020-01-01T00:00:00+00:00", "2099-01-01"])
def test_a_mute_with_an_end_that_is_none_is_refused(end: str, ada: Person, bob: Person) -> None:
    draft = drafted(ada, MUTES, f"Account address,Hide notifications,Ends at\nbob,true,{end}\n")
    assert taken_in(draft) == {"bob": Outcome.REFUSED}
    assert not Mute.objects.exists()


def test_what_is_not_possible_says_why(ada: Person, bob: Person, charlie: Person) -> None:
    draft = drafted(ada, FOLLOWING, "bob\ncharlie\nghost\n")
    block(blocker_id=bob.pk, blocked_id=ada.pk)
    suspend(person=charlie, reason="spam")
    done = taken_in(draft)
    assert done == {"bob": Outcome.REFUSED, "charlie": Outcome.REFUSED, "ghost": Outcome.UNKNOWN}
    reasons = set(draft.lines.filter(outcome=Outcome.REFUSED).values_list("reason", flat=True))
    assert reasons == {"It is not there any more, or may not be seen."}


def test_a_hidden_post_is_not_known(ada: Person, bob: Person, post: Post) -> None:
    block(blocker_id=ada.pk, blocked_id=bob.pk)
    line = f"http://127.0.0.1:8000/posts/{post.pk}/"
    assert outcomes(drafted(bob, BOOKMARKS, line)) == {line: Outcome.UNKNOWN}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\xff\xfe\x00a", "no text file"),
        (b"bob\x00\n", "no text file"),
        (b"PK\x03\x04\x99", "no text file"),
        (b"https//x y,1\n", "no list for"),
        (b'"' + b"x" * 140_000 + b'"\n', "no CSV"),
        (b"".join(b"p%d\n" % n for n in range(MOST_LINES + 1)), "more than 20000 lines"),
        (b"x" * (4 * 2**20 + 1), "larger than 4 MB"),
    ],
    ids=["empty", "blank", "utf-16", "nul", "zip", "words", "long cell", "long", "large"],
)
def test_a_bad_file_gets_a_clear_error(data: bytes, error: str, ada: Person) -> None:
    with pytest.raises(ValidationError, match=error):
        imports.draft_import(person=ada, kind=FOLLOWING, data=data)
    assert not Import.objects.exists()


def test_a_list_of_posts_is_no_list_of_people() -> None:
    with pytest.raises(ValidationError, match="no list for"):
        read(b"bob\ncharlie\n", BOOKMARKS)
    assert len(read("\ufeffAccount address\nbob\n".encode(), FOLLOWING)) == 1


def test_the_way_through_the_pages(ada: Person, bob: Person, charlie: Person) -> None:
    browser = logged_in(ada)
    assert "None yet." in browser.get("/settings/import/").text
    file = SimpleUploadedFile("following_accounts.csv", b"bob\ncharlie\nghost@else.example\n")
    answer = browser.post("/settings/import/", {"kind": "following", "file": file})
    (draft,) = Import.objects.all()
    assert answer.headers["Location"] == f"/settings/import/{draft.pk}/"
    page = " ".join(browser.get(answer.headers["Location"]).text.split())
    assert "2: will be added" in page
    assert "1: not known here" in page
    only = browser.get(f"/settings/import/{draft.pk}/?only=unknown").text
    assert "ghost@else.example" in only
    assert '<span dir="auto">bob</span>' not in only
    assert logged_in(bob).get(f"/settings/import/{draft.pk}/").status_code == 404
    assert logged_in(bob).post(f"/settings/import/{draft.pk}/begin/").status_code == 404
    browser.post(f"/settings/import/{draft.pk}/begin/", {"mode": "merge"})
    assert "is being imported" in browser.get(f"/settings/import/{draft.pk}/").text
    second = browser.post("/settings/import/", {"kind": "following", "file": SimpleUploadedFile("a.csv", b"bob\n")})
    assert "An import is running" in second.text
    imports.work(NEVER)
    part = browser.get(f"/settings/import/{draft.pk}/", headers={"HX-Request": "true", "HX-Target": "import"}).text
    assert part.lstrip().startswith("<section")
    assert "2: added" in " ".join(part.split())
    assert followed(ada) == {"bob", "charlie"}


def test_a_bad_file_is_refused_on_the_page(ada: Person) -> None:
    file = SimpleUploadedFile("x.csv", b"\xff\xfe")
    answer = logged_in(ada).post("/settings/import/", {"kind": "following", "file": file})
    assert answer.status_code == 400
    assert "no text file" in answer.text


def test_a_draft_is_thrown_away_by_its_owner_or_by_the_next_one_or_after_a_day(ada: Person, bob: Person) -> None:
    draft = drafted(ada, FOLLOWING, "bob\n")
    logged_in(ada).post(f"/settings/import/{draft.pk}/discard/")
    assert not Import.objects.exists()
    drafted(ada, FOLLOWING, "bob\n")
    drafted(ada, FOLLOWING, "bob\n")
    assert Import.objects.count() == 1
    Import.objects.update(created_at=F("created_at") - timedelta(days=2))
    imports.tidy()
    assert not Import.objects.exists()


def test_results_are_kept_for_a_while(ada: Person, bob: Person, deliver: Callable[[], int]) -> None:
    taken_in(drafted(ada, FOLLOWING, "bob\n"))
    imports.tidy()
    assert Import.objects.count() == 1
    Import.objects.update(finished_at=F("finished_at") - timedelta(days=31))
    imports.tidy()
    assert not Import.objects.exists()
    taken_in(drafted(ada, FOLLOWING, "bob\n"))
    delete_account(person=ada)
    deliver()
    assert not Import.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_exported_here_is_imported_there(ada: Person, bob: Person) -> None:
    furnish(ada, bob)
    mute_person(person=ada, muted=new_person("loud"))
    archive = downloaded(logged_in(ada), made(ada))
    heir = new_person("heir")
    for kind, name in (
        (FOLLOWING, "following_accounts.csv"),
        (BLOCKED, "blocked_accounts.csv"),
        (MUTES, "muted_accounts.csv"),
        (BOOKMARKS, "bookmarks.csv"),
    ):
        done = taken_in(imports.draft_import(person=heir, kind=kind, data=archive.read(name)))
        assert set(done.values()) == {Outcome.ADDED}
        assert set(kind.standing(heir)) == set(kind.standing(ada))


@pytest.mark.django_db(transaction=True)
def test_a_list_keeps_to_the_limits_and_goes_on_later(ada: Person, settings: LazySettings) -> None:
    settings.LIMITS = {"follows": Rates.of("2/h")}
    for number in range(3):
        new_person(f"friend{number}")
    draft = drafted(ada, FOLLOWING, "friend0\nfriend1\nfriend2\n")
    imports.begin_import(person=ada, import_id=draft.pk, mode=MERGE)
    imports.work(NEVER)
    assert len(followed(ada)) == 2
    assert imports.claim() is None
    draft.refresh_from_db()
    assert draft.state == Import.State.RUNNING
    assert draft.due_at
    assert timedelta(minutes=20) < draft.due_at - timezone.now() <= timedelta(minutes=31)
    settings.LIMITS = {}
    Import.objects.update(due_at=timezone.now())
    imports.work(NEVER)
    assert len(followed(ada)) == 3
