"""manage.py moderator: make somebody a moderator, or no longer."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser

from socialapp.moderation.roles import GROUP
from socialapp.users.models import Person


class Command(BaseCommand):
    help = "Makes a person a moderator; with --remove, no longer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--remove", action="store_true", help="take the role away")

    def handle(self, *_args: Any, **options: Any) -> None:
        person = Person.objects.active().filter(username=options["username"].lower().removeprefix("@")).first()
        if person is None:
            raise CommandError(f"There is nobody called {options['username']}.")
        group = Group.objects.get(name=GROUP)
        if options["remove"]:
            person.groups.remove(group)
            self.stdout.write(f"{person} no longer moderates.")
        else:
            person.groups.add(group)
            self.stdout.write(f"{person} moderates now, at /moderation/.")
