"""An export has each file that the docs name, what somebody chose, and what they told moderators."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from config.env import CHECKOUT
from notifications.models import Stranger
from notifications.preferences.strangers import set_policy
from socialapp.filters.operations import mute_words
from socialapp.follows.follow_requests import set_locked
from socialapp.follows.operations import follow
from socialapp.moderation.models import Verb
from socialapp.moderation.operations import acts
from socialapp.moderation.operations.appeals import appeal
from socialapp.moderation.operations.reports import report
from socialapp.posts.operations import publish_post
from socialapp.signup.models import Invitation, Invitee
from socialapp.users.models import Person
from socialapp.users.operations import change_avatar, choose_posting, choose_reachable
from tests.people import logged_in
from tests.socialapp.media import samples
from tests.socialapp.takeout.archives import downloaded, furnish, made, rows

pytestmark = pytest.mark.django_db(transaction=True)
SITE = "http://127.0.0.1:8000"


def test_each_file_has_its_name_and_is_in_the_docs(ada: Person, bob: Person) -> None:
    furnish(ada, bob)
    change_avatar(person=ada, file=samples.upload(samples.photo((200, 200))))
    names = set(downloaded(logged_in(ada), made(ada)).namelist())
    documented = (CHECKOUT / "docs" / "takeout.md").read_text()
    assert {name.partition("/")[0] for name in names} == {
        *("actor.json", "avatar.webp", "account.json", "notification_settings.json", "outbox.json", "likes.json"),
        *("bookmarks.json", "bookmarks.csv", "following_accounts.csv", "followers.csv", "follow_requests.csv"),
        *("blocked_accounts.csv", "muted_accounts.csv", "muted_words.json", "invitations.json", "moderation.json"),
        *("inbox.json", "media_attachments"),
    }
    assert [name for name in names if f"`{name.partition('/')[0]}" not in documented] == []


def test_what_one_chose_and_told_moderators_is_in_it(ada: Person, bob: Person, charlie: Person) -> None:
    set_locked(person=bob, locked=True)
    follow(follower_id=ada.pk, followee_id=bob.pk)
    set_locked(person=ada, locked=True)
    choose_reachable(person=ada, by="following")
    choose_posting(person=ada, post_visibility="unlisted", opens_warnings=True)
    mute_words(person=ada, phrase="fog", places=["home"])
    set_policy(person_id=ada.pk, changes={"new_accounts": "filter"})
    Stranger.objects.create(person=ada, stranger=charlie, accepted_at=timezone.now())
    link = Invitation.objects.create(
        person=ada, limit=3, uses=1, ends_at=timezone.now() + timedelta(days=3), note="Friends"
    )
    Invitee.objects.create(person=charlie, invitation=link)
    theirs, _ = publish_post(author=bob, body="Buy this")
    report(reporter=ada, person=bob, category="spam", words="Look", post_ids=[theirs.pk])
    archive = downloaded(logged_in(ada), made(ada))
    account = json.loads(archive.read("account.json"))
    assert (account["locked"], account["reachable_by"], account["shows_sensitive"]) == (True, "following", False)
    assert (account["post_visibility"], account["post_language"], account["opens_warnings"]) == ("unlisted", "", True)
    assert rows(archive, "follow_requests.csv") == [["Account address"], ["bob@127.0.0.1:8000"]]
    (words,) = json.loads(archive.read("muted_words.json"))
    assert (words["phrase"], words["places"], words["action"]) == ("fog", ["home"], "fold")
    chosen = json.loads(archive.read("notification_settings.json"))
    assert (chosen["strangers"]["new_accounts"], chosen["strangers"]["not_following"]) == ("filter", "accept")
    assert chosen["accepted_strangers"] == [f"{SITE}/@charlie/"]
    (invitation,) = json.loads(archive.read("invitations.json"))
    assert (invitation["note"], invitation["joined"]) == ("Friends", [f"{SITE}/@charlie/"])
    said = json.loads(archive.read("moderation.json"))
    assert [(each["about"], each["posts"], each["words"]) for each in said["reports"]] == [
        (f"{SITE}/@bob/", [f"{SITE}/posts/{theirs.pk}/"], "Look")
    ]
    assert said["appeals"] == []


def test_an_appeal_is_in_it_and_what_others_reported_is_not(ada: Person, bob: Person) -> None:
    post, _ = publish_post(author=ada, body="Buy this")
    mona = Person.objects.create(username="mona", is_staff=True, is_superuser=True)
    report(reporter=bob, person=ada, category="spam", words="Look", post_ids=[post.pk])
    action = acts.act(moderator=mona, verb=Verb.WARN, person=ada, words="Do not")
    appeal(action=action, person=ada, words="It was not me")
    said = json.loads(downloaded(logged_in(ada), made(ada)).read("moderation.json"))
    (told,) = said["appeals"]
    assert (told["against"], told["reason"], told["words"]) == ("warn", "Do not", "It was not me")
    assert (told["state"], said["reports"]) == ("waiting", [])
