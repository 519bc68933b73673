"""Forms of moves."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from socialapp.users.forms import PasswordCheck
from socialapp.users.models import Person
from socialapp.users.queries import person_named

_INPUT = {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}


class AccountField(forms.CharField):
    """The username of an account of this site, with or without @."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=31, widget=forms.TextInput(attrs=_INPUT), **options)

    def clean(self, value: Any) -> Person:
        name = super().clean(value)
        try:
            return person_named(name.removeprefix("@"))
        except Person.DoesNotExist as error:
            raise ValidationError(gettext("There is no such account here.")) from error


class AliasForm(forms.Form):
    """Another account of the same person, which is to move here."""

    former = AccountField(label=_("Your other account"))


class MoveForm(PasswordCheck):
    """Where an account moves to, and the password: it is like giving the account away."""

    target = AccountField(label=_("Your new account"))
    field_order = ("target", "password")
