"""The attack: fetch a picture by its address after its post was hidden or deleted, or its author suspended (M7)."""

import stat
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from socialapp.media import operations as media
from socialapp.media.cleanup import tidy
from socialapp.media.models import Picture
from socialapp.media.processing import prepare
from socialapp.messaging.consumer import consume
from socialapp.posts.galleries import Attachment, pictures_of
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, hide_post, publish_post, remove_post, restore_post, unhide_post
from socialapp.users.models import Person
from socialapp.users.operations import change_avatar, suspend, unsuspend
from tests.people import logged_in, new_person
from tests.socialapp.media import samples
from tests.socialapp.media.test_preparing import UPLOADS, files_of, sent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post(ada: Person) -> Post:
    """With a picture."""
    picture = sent(ada, samples.photo((1_000, 600)))
    made, _ = publish_post(author=ada, body="Look!", pictures=[Attachment(picture.pk)])
    prepare()
    return made


def picture_of(post: Post) -> Picture:
    """As it is now."""
    return pictures_of(post.pk)[0].picture


def status(picture: Picture) -> set[int]:
    """What a stranger who kept the addresses is answered."""
    return {Client().get(url).status_code for url in picture.urls.values()}


@pytest.mark.parametrize(
    ("go", "back"),
    [
        (
            lambda post, _ada: hide_post(post_id=post.pk, reason="Rude"),
            lambda post, _ada: unhide_post(post_id=post.pk),
        ),
        (
            lambda post, ada: delete_post(post_id=post.pk, by=ada),
            lambda post, ada: restore_post(post_id=post.pk, by=ada),
        ),
    ],
    ids=["hidden", "deleted"],
)
def test_a_picture_goes_and_comes_back_with_its_post(
    post: Post, ada: Person, go: Callable[..., None], back: Callable[..., None]
) -> None:
    picture = picture_of(post)
    assert status(picture) == {200}
    for _twice in range(2):
        go(post, ada)
        assert status(picture) == {404}
        tidy()
        assert status(picture) == {404}
        back(post, ada)
        assert status(picture) == {200}


def test_pictures_and_avatar_of_the_suspended_go_and_come_back(post: Post, ada: Person) -> None:
    change_avatar(person=ada, file=samples.upload(samples.photo()))
    pictures = list(Picture.objects.all())
    assert len(pictures) == 2
    suspend(person=ada, reason="Spam")
    consume()
    tidy()
    assert [status(each) for each in pictures] == [{404}, {404}]
    hide_post(post_id=post.pk, reason="Rude")
    unsuspend(person=ada)
    consume()
    tidy()
    assert {each.kind: status(each) for each in pictures} == {"post": {404}, "avatar": {200}}
    unhide_post(post_id=post.pk)
    assert [status(each) for each in pictures] == [{200}, {200}]


def test_a_picture_that_is_prepared_after_its_post_was_hidden_is_not_served(ada: Person) -> None:
    picture = sent(ada, samples.photo((1_000, 600)))
    post, _ = publish_post(author=ada, body="Look!", pictures=[Attachment(picture.pk)])
    hide_post(post_id=post.pk, reason="Rude")
    prepare()
    picture = picture_of(post)
    assert (picture.state, status(picture)) == ("ready", {404})
    unhide_post(post_id=post.pk)
    assert status(picture) == {200}


def test_files_that_could_not_be_moved_at_once_are_moved_later(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = picture_of(post)

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(media, "move", full)
        hide_post(post_id=post.pk, reason="Rude")
    assert status(picture) == {200}
    tidy()
    assert status(picture) == {404}


def test_a_move_that_was_cut_off_is_finished(post: Post) -> None:
    picture = picture_of(post)
    hide_post(post_id=post.pk, reason="Rude")
    # As if it had been killed after it had copied the first file: it is in both places, and the row is not changed.
    default_storage.save(picture.large.removeprefix("/media/"), ContentFile(b"RIFF"))
    Picture.objects.update(is_aside=False)
    tidy()
    assert status(picture) == {404}
    unhide_post(post_id=post.pk)
    assert status(picture) == {200}


def test_removed_for_good_leaves_neither_post_nor_files(post: Post, ada: Person) -> None:
    picture = picture_of(post)
    moderator = new_person("moderator")
    moderator.is_staff = True
    moderator.save()
    moderator.user_permissions.set(Permission.objects.filter(codename__in=["change_post", "view_post", "erase"]))
    data = {"action": "remove", "_selected_action": [str(post.pk)], "reason": "Illegal"}
    assert logged_in(moderator).post("/admin/posts/post/", data).status_code == 302
    assert status(picture) == {404}
    tidy()
    assert files_of(picture) == set()
    assert not Post.objects.exists()
    with pytest.raises(Post.DoesNotExist):
        restore_post(post_id=post.pk, by=ada)
    with pytest.raises(Post.DoesNotExist):
        remove_post(post_id=post.pk, reason="Illegal")


def test_who_decides_about_a_hidden_post_sees_its_picture_and_nobody_else(post: Post, ada: Person) -> None:
    hide_post(post_id=post.pk, reason="Rude")
    address = f"/admin/media/picture/{picture_of(post).pk}/file/"
    moderator = new_person("moderator")
    moderator.is_staff = True
    moderator.save()
    assert logged_in(moderator).get(address).status_code == 403
    moderator.user_permissions.set(Permission.objects.filter(codename__in=["view_picture", "view_post"]))
    answer = logged_in(moderator).get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert "no-store" in answer["Cache-Control"]
    assert address in logged_in(moderator).get(f"/admin/posts/post/{post.pk}/change/").text
    for stranger in (Client(), logged_in(ada)):
        assert stranger.get(address).status_code == 302


def test_caches_do_not_keep_a_picture_for_long(post: Post) -> None:
    assert Client().get(picture_of(post).large)["Cache-Control"] == "public, max-age=86400, s-maxage=600, immutable"


def test_other_users_of_the_machine_neither_list_nor_read_originals(ada: Person) -> None:
    """They hold where a photo was taken (low 7). A folder of an older version is shut, too."""
    UPLOADS.mkdir(parents=True, exist_ok=True)
    UPLOADS.chmod(0o755)
    original = UPLOADS / sent(ada, samples.photo()).token
    assert stat.S_IMODE(UPLOADS.stat().st_mode) == 0o700
    assert stat.S_IMODE(original.stat().st_mode) == 0o600
