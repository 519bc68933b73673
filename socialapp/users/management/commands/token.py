"""manage.py token USERNAME: an API token, printed and kept nowhere."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from socialapp.users.models import ALL_SCOPES, Person, Scope
from socialapp.users.operations import make_token, new_person

LONGEST_DAYS = 36_500


class Command(BaseCommand):
    help = "Makes an API token for a person and prints it, and nothing else. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--create", action="store_true", help="make the person first, if there is none")
        parser.add_argument("--read-only", action="store_true", help="it may read, and change nothing")
        parser.add_argument("--days", type=int, help="it ends after so many days; otherwise when it is revoked")
        parser.add_argument("--name", default="manage.py token", help="how it is called in the person's settings")

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:
        username = options["username"].removeprefix("@").lower()
        if options["days"] is not None and not 0 < options["days"] < LONGEST_DAYS:
            raise CommandError(f"--days must be 1 to {LONGEST_DAYS - 1}. Without it, the token has no end.")
        try:
            person = Person.objects.filter(username=username).first()
            if person is None and options["create"]:
                person = new_person(username=username)
            if person is None:
                raise CommandError(f"There is nobody called {username}. With --create, they are made first.")
            if not person.is_active:
                raise CommandError(f"{username} is suspended or deleted; a token would open nothing.")
            value = make_token(
                person=person,
                name=options["name"],
                scope=Scope.READ if options["read_only"] else ALL_SCOPES,
                ends_at=timezone.now() + timedelta(days=options["days"]) if options["days"] else None,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(value)
