"""manage.py media: pictures from one place to another."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from config import places
from config.env import S3, place
from socialapp.media.copying import copy, remove


class Command(BaseCommand):
    help = "Copies pictures to another place, or back. May be repeated, and then goes on where it was."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        copying = commands.add_parser("copy", help="have in TO what is in FROM: copy what is missing, remove the rest")
        copying.add_argument("source", metavar="FROM", help="a folder, or s3://bucket/prefix?endpoint=…")
        copying.add_argument("target", metavar="TO", help="the same")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            source, target = place("FROM", options["source"]), place("TO", options["target"])
            if places.overlap(source, target):
                raise CommandError("FROM and TO are one place, or one lies in the other.")
            here = _storages(source)
            found = {name: dict(storage.files()) for name, storage in here.items()}
            # If the source is misspelt, everything at the target would count as "the rest".
            if not any(found.values()):
                raise CommandError(f"There are no pictures in {source}.")
            for name, there in _storages(target).items():
                wanted = found[name]
                with tqdm(total=len(wanted), desc="Public" if name == "default" else "Uploads", disable=None) as bar:
                    copied = copy(here[name], there, wanted, bar.update)
                removed = remove(there, wanted)
                self.stdout.write(f"{name}: {len(wanted):,} files, {copied:,} of them new; {removed:,} removed.")
        except (ImproperlyConfigured, OSError) as error:
            raise CommandError(str(error)) from error


def _storages(where: Path | S3) -> dict[str, Any]:
    """The storages of public pictures and of uploads, by name."""
    return {name: places.storage(entry) for name, entry in places.of_pictures(where).items()}
