"""manage.py removesecondfactor USERNAME: lets somebody in by their password who lost their phone and all codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from socialapp.users.models import Person
from socialapp.users.second_factor import remove_second_factor


class Command(BaseCommand):
    help = "Removes all second factors and passkeys of a person, who is notified by mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *_args: Any, **options: Any) -> None:
        username = options["username"].removeprefix("@").lower()
        person = Person.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"There is nobody called {username}.")
        if not remove_second_factor(person=person):
            raise CommandError(f"{username} has no second factor.")
        self.stdout.write(f"{username} logs in by the password alone now.")
