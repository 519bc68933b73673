"""manage.py changepassword USERNAME: Django's, and what the old password made ends with it."""

import getpass
from typing import Any

from django.contrib.auth.management.commands import changepassword

from socialapp.users.models import Person
from socialapp.users.operations import revoke_access


class Command(changepassword.Command):
    help = "Changes somebody's password, and ends their API tokens, push subscriptions and webhooks."

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Nothing ends when the password was not changed: then Django's raises CommandError."""
        text: str | None = super().handle(*args, **options)
        revoke_access(person=Person.objects.get(username=options["username"] or getpass.getuser()))
        return text
