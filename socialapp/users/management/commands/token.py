"""manage.py token USERNAME: an API token, printed and kept nowhere."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from socialapp.users.models import Person
from socialapp.users.operations import make_token, new_person


class Command(BaseCommand):
    help = "Makes an API token for a person and prints it, and nothing else. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--create", action="store_true", help="make the person first, if there is none")
        parser.add_argument("--name", default="manage.py token", help="how it is called in the person's settings")

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:
        username = options["username"].removeprefix("@").lower()
        try:
            person = Person.objects.filter(username=username).first()
            if person is None and options["create"]:
                person = new_person(username=username)
            if person is None:
                raise CommandError(f"There is nobody called {username}. With --create, they are made first.")
            if not person.is_active:
                raise CommandError(f"{username} is suspended or deleted; a token would open nothing.")
            value = make_token(person=person, name=options["name"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(value)
