"""manage.py backup: the whole site into a folder or to S3."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from bin.backup.saving import save
from bin.backup.servers import at_hand
from bin.runtime.console import Failure
from config.env import place


class Command(BaseCommand):
    help = "Saves database, pictures and keys, verified, while people go on. Pictures are saved once for all backups."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("place", help="a folder for backups alone, or s3://bucket/prefix?endpoint=…")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with at_hand(alone=False):
                saved = save(place("PLACE", options["place"]))
        except (Failure, ImproperlyConfigured, OSError, Error) as error:
            raise CommandError(str(error)) from error
        if saved.missing:
            self.stderr.write(f"{len(saved.missing):,} files of pictures are gone, such as {saved.missing[0]}.")
        self.stdout.write(f"Saved as {saved.name}: {saved.rows:,} rows, {saved.pictures:,} files of pictures.")
