"""Which usernames can be chosen at sign-up. Accounts that operators make may have others."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from socialapp.users.lookalikes import is_reserved, skeleton, skeleton_in_database
from socialapp.users.models import NEW_USERNAME_VALIDATORS, Person


def check_not_reserved(username: str) -> None:
    """Refuse names that those who run the site may need, and what looks like one. Raises ValidationError."""
    if is_reserved(username):
        raise ValidationError(_("This name is reserved. Choose another one."), code="reserved")


def check_no_lookalike(username: str) -> None:
    """Refuse a name that can be taken for that of an account that there is. Raises ValidationError."""
    name = username.lower()
    alike = Person.objects.get_queryset().alias(skeleton=skeleton_in_database()).filter(skeleton=skeleton(name))
    if other := alike.exclude(username=name).values_list("username", flat=True).first():
        raise ValidationError(
            _("This looks like the name of @%(name)s. Choose one that cannot be taken for it.") % {"name": other},
            code="lookalike",
        )


VALIDATORS: list[Callable[[Any], None]] = [*NEW_USERNAME_VALIDATORS, check_not_reserved, check_no_lookalike]
