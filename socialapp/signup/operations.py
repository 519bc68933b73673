"""Invite and revoke, let somebody in by an invitation, apply, approve and refuse."""

import logging
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from socialapp.limits import operations as limits
from socialapp.signup.models import Application, Invitation, Invitee
from socialapp.signup.queries import may_invite
from socialapp.users.mails import NOT_TAKEN, compose
from socialapp.users.models import Person
from socialapp.users.operations import lock_person

logger = logging.getLogger(__name__)

# How many usable invitations one person may have at a time.
MOST_INVITATIONS = 20


@transaction.atomic
def invite(*, person: Person, limit: int, ends_at: datetime, note: str = "") -> Invitation:
    """Make an invitation. Raises PermissionDenied, ValidationError, LimitExceeded."""
    if not may_invite(person):
        raise PermissionDenied(_("You cannot invite people here."))
    limits.check("invitations", person.pk)
    invitation = Invitation(person=person, limit=limit, ends_at=ends_at, note=note)
    invitation.full_clean(exclude=["created_at"])
    lock_person(person.pk)
    if Invitation.objects.usable().filter(person=person).count() >= MOST_INVITATIONS:
        raise ValidationError(_("You have %(n)d invitations. Revoke one first.") % {"n": MOST_INVITATIONS})
    invitation.save()
    limits.count("invitations", person.pk)
    return invitation


def revoke(*, invitation: Invitation) -> None:
    """End an invitation at once. Who joined by it stays. May be repeated."""
    Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=Now())


@transaction.atomic
def forget(person_id: int) -> None:
    """Remove the invitations of a deleted account, and the records of who invited it and of the people it invited."""
    Invitee.objects.filter(person_id=person_id).delete()
    Invitation.objects.filter(person_id=person_id).delete()


def use(*, invitation: Invitation, person: Person) -> None:
    """Note who invited a new account, in the same transaction. Raises ValidationError if it lets no one in now."""
    if not Invitation.objects.usable().filter(pk=invitation.pk).update(uses=F("uses") + 1):
        raise ValidationError(_("This invitation has been used up, or has ended."))
    Invitee.objects.create(person=person, invitation=invitation)


def apply(
    *, username: str, email: str, password: str, question: str, answer: str, language: str, address: str | None
) -> Application:
    """Keep what somebody applies with; `password` is hashed. The name is theirs meanwhile. Raises ValidationError."""
    application = Application(
        username=username.lower(), email=email, password=password, question=question, answer=answer,
        language=language, address=address,
    )  # fmt: skip
    application.full_clean(exclude=["created_at"])
    application.save()
    return application


@transaction.atomic
def approve(*, application: Application) -> Person:
    """Make the account, and mail its owner. Raises ValidationError when the name is taken by now."""
    Application.objects.select_for_update().get(pk=application.pk)
    person = Person(
        username=application.username, email=application.email, password=application.password,
        language=application.language,
    )  # fmt: skip
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        raise ValidationError(_("@%(name)s has an account already.") % {"name": application.username}) from error
    address = EmailAddress.objects.create(user=person, email=application.email, primary=True)
    application.delete()
    link = reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key])
    _mail_after_commit("signup_approved", application, {"user": person, "confirm_url": settings.PUBLIC_URL + link})
    return person


@transaction.atomic
def refuse(*, application: Application, reason: str = "") -> None:
    """Delete an application, and mail the applicant, with the reason if there is one."""
    _mail_after_commit("signup_refused", application, {"username": application.username, "reason": reason})
    Application.objects.filter(pk=application.pk).delete()


def _mail_after_commit(name: str, application: Application, about: dict[str, Any]) -> None:
    """A mail server that is away does not undo the decision."""
    with translation.override(application.language or settings.LANGUAGE_CODE):
        mail = compose(f"account/email/{name}", application.email, about)

    def send() -> None:
        try:
            mail.send()
        except NOT_TAKEN as error:
            logger.warning("A mail about an application was not taken: %s", error)

    transaction.on_commit(send)
