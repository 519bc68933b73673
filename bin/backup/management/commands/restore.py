"""manage.py restore: the whole site out of a backup."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from bin.backup.restoring import restore
from bin.backup.servers import at_hand
from bin.runtime.console import Failure
from config.env import place


class Command(BaseCommand):
    help = "Checks a backup, restores it in a new era, and audits what was restored. Stop everything before."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("place", help="where the backups are: the newest is taken, or the one that it ends in")
        parser.add_argument("--yes", action="store_true", help="replace what is in the database, even if others use it")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with at_hand(alone=True):
                restore(place("PLACE", options["place"]), over=options["yes"], say=self.stdout.write)
        except (Failure, ImproperlyConfigured, OSError, Error) as error:
            raise CommandError(str(error)) from error
