"""manage.py demo: some people with something to say, so that the first look is not at an empty room."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any, BinaryIO

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from bin.demo.scenes import FOLLOWS, PORTRAITS, ROLES, SCENES, Scene
from config.env import CHECKOUT
from reactions import operations as reactions
from reactions.models import Like, Share
from socialapp.bookmarks.operations import save
from socialapp.follows.models import Follow
from socialapp.follows.operations import follow
from socialapp.media import operations as media
from socialapp.media.processing import prepare_one
from socialapp.messaging.models import OutboxMessage
from socialapp.posts.galleries import Attachment
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from socialapp.users.operations import change_avatar, new_person

ADMIN = "admin"
PICTURES = CHECKOUT / "bin" / "demo" / "pictures"


class Command(BaseCommand):
    help = "Makes the demo people, who post, follow and react, and prints the accounts to log in with."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when anybody is there already")

    def handle(self, *_args: Any, **options: Any) -> None:
        credentials = Path(settings.DATA) / "demo.json"
        if Person.objects.exists():
            if not options["if_empty"]:
                raise CommandError("There are people already. The demo is for an empty database.")
        else:
            password = secrets.token_urlsafe(9)
            _perform(password)
            credentials.touch(mode=0o600)
            credentials.write_text(json.dumps({"password": password}))
        if credentials.exists() and Person.objects.filter(username=ROLES[0].username).exists():
            self._tell(json.loads(credentials.read_text())["password"])

    def _tell(self, password: str) -> None:
        names = [role.username for role in ROLES]
        self.stdout.write(f"Log in as {', '.join(names[:-1])} or {names[-1]}, all with the password {password}")
        self.stdout.write(f"The admin is at {settings.PUBLIC_URL}/admin/ for {ADMIN}, with the same password.")
        posts = Post.objects.visible().filter(author__username="bob", thread=None).order_by("pk")
        liked = Like.objects.filter(post=OuterRef("pk"), person__username="fumi")
        if post := posts.exclude(Exists(liked)).last() or posts.last():
            self.stdout.write("By program, Bob listens and Fumi likes a post of his:\n\n" + _by_program(post.pk))
            if settings.TRY_WEBHOOKS_AT:
                self.stdout.write("\nBob has a webhook, which is received here, and tries it:\n\n" + _by_webhook())


def _by_program(post_id: int) -> str:
    """The commands of the README's first ten minutes, for a shell in the folder that `bin/up` was started in."""
    here = Path() if Path.cwd() == CHECKOUT else CHECKOUT
    data = "" if settings.DATA == CHECKOUT / "var" else f"SOCIALAPP_DATA={quote(str(settings.DATA))} "
    token = f"{data}{quote(str(here / '.venv/bin/python'))} {quote(str(here / 'manage.py'))} token"
    curl, url = 'curl {} -H "Authorization: Bearer ${}"', settings.PUBLIC_URL
    return "\n".join(f"    {command}" for command in (
        f"BOB=$({token} bob)",
        f"FUMI=$({token} fumi)",
        f"{curl.format('-N -L --location-trusted', 'BOB')} {url}/live/ &",
        f"{curl.format('-X PUT', 'FUMI')} {url}/api/social/v1/posts/{post_id}/like/",
    ))  # fmt: skip


def _by_webhook() -> str:
    """The next commands, which use the token of the first ones."""
    curl, api = 'curl -s {} -H "Authorization: Bearer $BOB"', f"{settings.PUBLIC_URL}/api/social/v1"
    endpoints = f"{api}/notifications/endpoints"
    as_json = """-H "Content-Type: application/json" -d '{"name": "try", "address": "'$HOOK'"}'"""
    return "\n".join(f"    {command}" for command in (
        f"HOOK={settings.TRY_WEBHOOKS_AT}bob",
        f"MADE=$({curl.format('-X POST')} {as_json} {endpoints}/webhook/)",
        """curl -X PUT -d "$(echo "$MADE" | sed 's/.*"secret":"\\([^"]*\\)".*/\\1/')" $HOOK""",
        f"""{curl.format('-X POST')} {endpoints}/$(echo "$MADE" | sed 's/.*"id":\\([0-9]*\\).*/\\1/')/test/""",
        "sleep 2; curl $HOOK",
    ))  # fmt: skip


@transaction.atomic
def _perform(password: str) -> None:
    people = {
        role.username: new_person(
            username=role.username, name=role.name, email=f"{role.username}@example.org", password=password
        )
        for role in ROLES
    }
    for role in ROLES:
        Person.objects.filter(username=role.username).update(bio=role.bio)
    if settings.FAKES_URL:
        # Their mail is read there; a real mail server is not sent any for people who are not.
        EmailAddress.objects.bulk_create(
            EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people.values()
        )
    Person.objects.create_superuser(ADMIN, "admin@example.org", password, name="Admin")
    for number, (follower, followee) in enumerate(FOLLOWS):
        with _happening(timezone.now() - timedelta(days=8, hours=-number)) as at:
            follow(follower_id=people[follower].pk, followee_id=people[followee].pk)
            Follow.objects.filter(follower=people[follower], followee=people[followee]).update(created_at=at)
    for username, picture in PORTRAITS.items():
        with _open(picture) as file:
            change_avatar(person=people[username], file=file)
    # In the order of time, which is that of the ids of posts and shares.
    events = sorted(
        (event for scene in SCENES for event in _events(scene, people)), key=lambda event: event.happened_at
    )
    for event in events:
        with _happening(event.happened_at):
            event.play(event.happened_at)


@dataclass(frozen=True)
class _Event:
    happened_at: datetime
    play: Callable[[datetime], None]


def _events(scene: Scene, people: dict[str, Person]) -> Iterator[_Event]:
    """What happens in a scene. Played in the order of time."""
    moments = _moments(scene)
    made: list[Post] = []

    def publish(at: datetime) -> None:
        poster = people[scene.author]
        pictures = [Attachment(_hang(poster, name), shows) for name, shows in scene.pictures]
        made.append(publish_post(author=poster, body=scene.body, pictures=pictures)[0])
        Post.objects.filter(pk=made[0].pk).update(created_at=at)
        for name in scene.saved:
            save(person_id=people[name].pk, post_id=made[0].pk)

    def react(verb: Callable[..., bool], model: type[Like | Share], name: str, at: datetime) -> None:
        verb(post_id=made[0].pk, person_id=people[name].pk)
        model.objects.filter(post=made[0], person=people[name]).update(created_at=at)

    def comment(author: str, body: str, reply_to: int | None, at: datetime) -> None:
        answered = made[0 if reply_to is None else reply_to + 1]
        made.append(reactions.comment(post_id=answered.pk, author=people[author], body=body)[0])
        Post.objects.filter(pk=made[-1].pk).update(created_at=at)

    yield _Event(next(moments), publish)
    yield from (_Event(next(moments), partial(react, reactions.like, Like, name)) for name in scene.likes)
    yield from (_Event(next(moments), partial(react, reactions.share, Share, name)) for name in scene.shares)
    yield from (_Event(next(moments), partial(comment, *each)) for each in scene.comments)


def _moments(scene: Scene) -> Iterator[datetime]:
    """When the post was written, and when each thing happened to it: within three hours, and before now."""
    start = timezone.now() - timedelta(hours=scene.hours_ago)
    happened = len(scene.likes) + len(scene.shares) + len(scene.comments)
    step = timedelta(hours=min(3, scene.hours_ago * 0.9)) / max(happened, 1)
    return (start + number * step for number in range(happened + 1))


@contextmanager
def _happening(at: datetime) -> Iterator[datetime]:
    """What is published meanwhile happened at that time. Within a transaction, so that no worker sees it earlier."""
    last = OutboxMessage.objects.aggregate(last=Max("pk", default=0))["last"]
    yield at
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_outbox SET body = jsonb_set(body, '{at}', to_jsonb(%s::timestamptz)) WHERE id > %s",
            [at, last],
        )


def _open(picture: str) -> BinaryIO:
    return (PICTURES / f"{picture}.jpg").open("rb")


def _hang(author: Person, name: str) -> int:
    """Upload a picture and prepare it here: the first look comes before the workers do."""
    with _open(name) as file:
        picture = media.upload(owner_id=author.pk, file=file)
    prepare_one(picture)
    return picture.pk
