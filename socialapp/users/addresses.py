"""Mail addresses of accounts: which of them may reset a password, and what ends when an address is confirmed.

People may enter any address when they sign up, and need not confirm it before they use the account. So an account can
be prepared for somebody else. Once the owner of the address confirms it, or uses it to reset the password, everything
that was made before ends, and the person who prepared the account has no access to it any more.
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction

from socialapp.users import operations
from socialapp.users.models import Person


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens of reset links. Each names the address that it was sent to, and ends when any address changes."""

    def __init__(self, email: str = "") -> None:
        """`email` is the address that the next token is sent to."""
        super().__init__()
        self.email = email.lower()

    def make_token(self, user: Any) -> str:
        """Make a token. Raises EmailAddress.DoesNotExist when the account has no such address."""
        address = _address_of(user, self.email)
        return f"{super().make_token(user)}.{address.pk}"

    def check_token(self, user: Any, token: str | None) -> bool:
        address = self.address_in(user, token)
        if address is None or not token:
            return False
        # allauth shares one generator among all threads.
        return PasswordResetTokenGenerator.check_token(ResetTokens(address.email), user, token.rpartition(".")[0])

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        addresses = EmailAddress.objects.filter(user=user).order_by("email").values_list("email", flat=True)
        return "|".join([super()._make_hash_value(user, timestamp), self.email, *addresses])

    @staticmethod
    def address_in(person: Any, token: str | None) -> EmailAddress | None:
        """The address that a token names, whether or not the token is valid."""
        number = (token or "").rpartition(".")[2]
        if not (number.isascii() and number.isdigit() and len(number) <= 18):
            return None
        found: EmailAddress | None = EmailAddress.objects.filter(user=person, pk=int(number)).first()
        return found


def has_confirmed_address(person: Person) -> bool:
    """Whether an address of this account was ever confirmed."""
    return bool(EmailAddress.objects.filter(user=person, verified=True).exists())


def may_reset(person: Person, email: str) -> bool:
    """Whether this address may reset the password: a confirmed one, or the main one while none is confirmed."""
    addresses = EmailAddress.objects.filter(user=person)
    confirmed = set(addresses.filter(verified=True).values_list("email", flat=True))
    return email in confirmed if confirmed else email == person.email.lower()


@transaction.atomic
def confirmed_for_the_first_time(*, person: Person, keep: EmailAddress) -> None:
    """End everything made before an address of this account was confirmed, sessions and second factors included."""
    EmailAddress.objects.filter(user=person).exclude(pk=keep.pk).delete()
    if keep.set_verified():
        keep.set_as_primary()
    Authenticator.objects.filter(user=person).delete()
    operations.log_out_everywhere(person=person)


@transaction.atomic
def end_other_access(*, person: Person, keep: EmailAddress | None) -> None:
    """After a reset, remove other addresses, which could reset it again, and revoke access."""
    if keep is not None:
        EmailAddress.objects.filter(user=person).exclude(pk=keep.pk).delete()
        keep.set_as_primary()
    operations.revoke_access(person=person)


def _address_of(person: Person, email: str) -> EmailAddress:
    """The row of an address, made for accounts that an operator gave an address."""
    addresses = EmailAddress.objects.filter(user=person)
    if email == person.email.lower():
        defaults = {"primary": not addresses.filter(primary=True).exists()}
        EmailAddress.objects.get_or_create(user=person, email=email, defaults=defaults)
    address: EmailAddress = addresses.get(email=email)
    return address
