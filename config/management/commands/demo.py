"""manage.py demo: some people with something to say, so that the first look is not at an empty room."""

import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from config.demo.drawings import DRAWINGS, PORTRAITS
from config.demo.scenes import FOLLOWS, ROLES, SCENES, Scene
from reactions import operations as reactions
from reactions.models import Comment
from socialapp.bookmarks.operations import save
from socialapp.follows.operations import follow
from socialapp.media import operations as media
from socialapp.media.preparing import prepare_one
from socialapp.posts.galleries import Attachment
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from socialapp.users.operations import change_avatar, new_person

ADMIN = "admin"


class Command(BaseCommand):
    help = "Makes the demo people, who post, follow and react, and prints whom to log in as."

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
    if settings.SINKS_URL:
        # Their mail is read there; a real mail server is not sent any for people who are not.
        EmailAddress.objects.bulk_create(
            EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people.values()
        )
    Person.objects.create_superuser(ADMIN, "admin@example.org", password, name="Admin")
    for follower, followee in FOLLOWS:
        follow(follower_id=people[follower].pk, followee_id=people[followee].pk)
    for username, draw in PORTRAITS.items():
        change_avatar(person=people[username], file=draw())
    for scene in SCENES:
        _play(scene, people)


def _play(scene: Scene, people: dict[str, Person]) -> None:
    poster = people[scene.author]
    pictures = [Attachment(_hang(poster, drawing), shows) for drawing, shows in scene.pictures]
    post, _ = publish_post(author=poster, body=scene.body, pictures=pictures)
    at = timezone.now() - timedelta(hours=scene.hours_ago)
    Post.objects.filter(pk=post.pk).update(created_at=at)
    for name in scene.likes:
        reactions.like(post_id=post.pk, person_id=people[name].pk)
    for name in scene.shares:
        reactions.share(post_id=post.pk, person_id=people[name].pk)
    for name in scene.saved:
        save(person_id=people[name].pk, post_id=post.pk)
    said: list[Comment] = []
    for author, body, reply_to in scene.comments:
        target = said[reply_to].pk if reply_to is not None else None
        said.append(reactions.comment(post_id=post.pk, author=people[author], body=body, reply_to_id=target)[0])


def _hang(author: Person, drawing: str) -> int:
    """Draw it and prepare it here: the first look comes before the workers do."""
    picture = media.upload(owner_id=author.pk, file=DRAWINGS[drawing]())
    prepare_one(picture)
    return picture.pk
