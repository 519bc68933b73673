"""Who looks, and what there is to be seen: each post has a word, a count and a picture that no other one has."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from django.test import Client
from django.utils.timezone import now
from rest_framework.test import APIClient

from notifications.inbox.operations import Activity, Moved, notify
from notifications.models import Mute, NotificationGroup
from reactions import operations as reactions
from reactions.models import Like, Share
from socialapp.bookmarks.models import Bookmark
from socialapp.counters.models import Counter
from socialapp.follows.models import Block, Follow
from socialapp.media.files import name_of
from socialapp.media.models import SIZES, Kind, Picture, State
from socialapp.media.operations import put_in_place
from socialapp.moderation.models import Case, Hold, Signal
from socialapp.posts.framing import Framing
from socialapp.posts.galleries import Attachment, withhold_pictures
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from socialapp.users.operations import make_token
from socialapp.visibility import Visibility
from tests.people import logged_in, new_person

# How each stands to the author. The suspended one follows and is mentioned; so is the one who is blocked.
VIEWERS = (
    "stranger", "nobody", "follower", "mentioned", "muting", "blocked", "blocking", "suspended", "author",
)  # fmt: skip
FOLLOW = ("follower", "muting", "blocked", "suspended")
NAMED = ("mentioned", "blocked", "blocking", "suspended")
STATES = ("visible", "hidden", "deleted")
SHAPES = ("post", "reply")
# Those that wait for a look are hidden, too, so that two stand for all.
WAITING = ((Visibility.PUBLIC, "waiting", "post"), (Visibility.FOLLOWERS, "waiting", "reply"))
TAG = "walked"
# A count of likes is of this post, and grows a little while people like it.
FIRST_COUNT, STEP = 641, 10


@dataclass(frozen=True)
class Made:
    """A post of the stage, and its marks."""

    number: int
    visibility: Visibility
    state: str
    shape: str
    post: Post
    picture: Picture

    @property
    def word(self) -> str:
        return word(self.number)

    def __str__(self) -> str:
        return f"{self.visibility} {self.shape}, {self.state}"


def word(number: int) -> str:
    """A word that is in one post alone."""
    return "plugh" + "abcdefghijklmnopqrstuvwxyz"[number] * 3


@dataclass
class Stage:
    """All that the walk needs: people, their browsers and programs, and posts."""

    people: dict[str, Person] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    above: Post | None = None
    moved: list[Moved] = field(default_factory=list)
    browsers: dict[str, Client] = field(default_factory=dict)
    programs: dict[str, APIClient] = field(default_factory=dict)

    def entry(self, viewer: str, made: Made) -> str:
        """The entry of a viewer's inbox that says that the post mentions them; another's for who has none."""
        person = self.people.get(viewer, self.people["mentioned"])
        groups = NotificationGroup.objects.filter(post=made.post, kind="mention")
        found = groups.filter(recipient=person).first() or groups.filter(recipient=self.people["mentioned"]).get()
        return f"n{found.pk}"


def set_up(before_it_ends: Callable[[Stage], None] = lambda _stage: None) -> Stage:
    """All are friends and are notified of all; then rights end, as rows and nothing else."""
    stage = Stage()
    for name in ("bystander", *VIEWERS[1:]):
        stage.people[name] = new_person(name)
    author = stage.people["author"]
    Follow.objects.bulk_create(Follow(follower=stage.people[name], followee=author) for name in FOLLOW)
    stage.above = publish_post(author=stage.people["bystander"], body="What do you say?")[0]
    for number, each in enumerate((*product(Visibility, STATES, SHAPES), *WAITING)):
        stage.made.append(_make(stage, number, *each))
    for name in VIEWERS[1:]:
        stage.programs[name] = APIClient()
        stage.programs[name].credentials(
            HTTP_AUTHORIZATION=f"Bearer {make_token(person=stage.people[name], name='walk')}"
        )
        stage.browsers[name] = logged_in(stage.people[name])
        _keep(stage, name)
    stage.programs["stranger"], stage.browsers["stranger"] = APIClient(), Client()
    before_it_ends(stage)
    _end_rights(stage)
    return stage


def _make(stage: Stage, number: int, visibility: Visibility, state: str, shape: str) -> Made:
    author = stage.people["author"]
    picture = _picture(author)
    body = f"{word(number)} {word(number)} #{TAG} " + " ".join(f"@{name}" for name in NAMED)
    said = {"body": body, "pictures": [Attachment(picture.pk)], "framing": Framing(visibility)}
    if shape == "post":
        post, _ = publish_post(author=author, **said)  # type: ignore[arg-type]
    else:
        assert stage.above
        post, _ = reactions.comment(post_id=stage.above.pk, author=author, **said)  # type: ignore[arg-type]
    Counter.objects.create(name="post.likes", subject_id=post.pk, total=FIRST_COUNT + STEP * number)
    Like.objects.create(post=post, person=stage.people["bystander"])
    return Made(number, visibility, state, shape, post, picture)


def _picture(owner: Person) -> Picture:
    """Ready, and used by nothing yet."""
    token = f"{Picture.objects.count():032x}"
    for size in SIZES[Kind.POST]:
        default_storage.save(name_of(token, size), ContentFile(f"{token}-{size}.webp".encode()))
    return Picture.objects.create(
        owner=owner,
        kind=Kind.POST,
        token=token,
        state=State.READY,
        width=1_600,
        height=900,
        expires_at=now().replace(year=2099),
    )


def _keep(stage: Stage, name: str) -> None:
    """What a viewer keeps of each post: a bookmark, a mute of its thread, an entry in the inbox."""
    person, author = stage.people[name], stage.people["author"]
    Bookmark.objects.bulk_create(Bookmark(person=person, post=made.post) for made in stage.made)
    if name == "author":
        return
    stage.moved += notify([Activity(person.pk, "mention", made.post.pk, author.pk, 0, now()) for made in stage.made])
    Mute.objects.bulk_create(
        Mute(person=person, thread=made.post.pk, kind="like") for made in stage.made if made.shape == "post"
    )


def _end_rights(stage: Stage) -> None:
    people = stage.people
    Block.objects.create(blocker=people["author"], blocked=people["blocked"])
    Block.objects.create(blocker=people["blocking"], blocked=people["author"])
    Mute.objects.create(person=people["muting"], muted=people["author"], thread=None, kind="")
    Person.objects.filter(pk=people["suspended"].pk).update(suspended_at=Now(), suspended_reason="Spam")
    # Shares that nobody may make: were one there, it would be shown to nobody.
    Share.objects.bulk_create(Share(post=made.post, person=people["bystander"]) for made in stage.made)
    for made in stage.made:
        Post.objects.filter(pk=made.post.pk).update(**_ENDED.get(made.state, {}))
        if made.state == "waiting":
            case, _ = Case.objects.get_or_create(person=people["author"])
            Hold.objects.create(case=case, post_id=made.post.pk, signals=[Signal.NEW_ACCOUNT])
        withhold_pictures(made.post)
    put_in_place()


_ENDED: dict[str, dict[str, Any]] = {
    "hidden": {"hidden_at": Now(), "hidden_reason": "Rude"},
    "deleted": {"deleted_at": Now()},
    "waiting": {"hidden_at": Now()},
}
WORD, COUNT, PICTURE = "word", "count", "picture"
# The id of a row can be as large.
_COUNTS = re.compile(r"""(?<![\w.\-#/])(?<!"id":)([6-8]\d\d)(?![\w.\-:%])""")
_TOKENS = re.compile(r"\b([0-9a-f]{32})-\d+\.webp|/posts/(\d+)/pictures/")


def marks_in(stage: Stage, text: str) -> Iterator[tuple[int, str]]:
    """(number of a post, what of it) of all that an answer shows."""
    yield from ((made.number, WORD) for made in stage.made if made.word in text)
    known = range(len(stage.made))
    for found in _COUNTS.findall(text):
        number = (int(found) - FIRST_COUNT) // STEP
        if number in known:
            yield number, COUNT
    of_token = {made.picture.token: made.number for made in stage.made}
    of_post = {str(made.post.pk): made.number for made in stage.made}
    for token, post in _TOKENS.findall(text):
        if token in of_token or post in of_post:
            yield of_token[token] if token in of_token else of_post[post], PICTURE
