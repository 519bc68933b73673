"""What decides whether somebody may join: the rules, an invitation, and blocks."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from socialapp.signup.models import Application, Block, Invitation, Invitee, Inviters, SignupRules, plain_address
from socialapp.users.models import Person


def rules() -> SignupRules:
    """Return what admins decided, or what settings say."""
    return SignupRules.objects.first() or SignupRules(mode=settings.SIGN_UP)


def usable_invitation(code: str) -> Invitation | None:
    """Return the invitation with this code while somebody can join by it."""
    if not code or len(code) > 32:
        return None
    return Invitation.objects.usable().select_related("person").filter(code=code).first()


def may_invite(person: Person) -> bool:
    """Whether this person may make invitations."""
    inviters = rules().inviters
    if inviters == Inviters.NOBODY:
        return False
    if person.is_staff:
        return True
    return inviters == Inviters.EVERYBODY and person.joined_at < timezone.now() - settings.LIMITS_NEW_FOR


def invitations_of(person: Person) -> QuerySet[Invitation]:
    """Return a person's invitations, the newest first, with the people who joined by them."""
    return Invitation.objects.filter(person=person).prefetch_related("invitees__person").order_by("-pk")


def inviter_of(person_id: int) -> Person | None:
    """Return the person who invited somebody; None if there is none, or their account is gone."""
    found = Invitee.objects.select_related("invitation__person").filter(person=person_id).first()
    return found.invitation.person if found else None


def invited_by(person_id: int) -> QuerySet[Person]:
    """Return the people who came by somebody's invitations; order by `-id` for the latest first."""
    return Person.objects.filter(pk__in=Invitee.objects.filter(invitation__person=person_id).values("person"))


def is_applied_for(username: str) -> bool:
    """Whether somebody who waits for approval has this name."""
    return Application.objects.filter(username=username.lower()).exists()


def is_mail_blocked(email: str) -> bool:
    """Whether joining with this mail address is refused: it, its domain or a parent domain is blocked."""
    parts = email.lower().rpartition("@")[2].split(".")
    domains = [".".join(parts[start:]) for start in range(len(parts))]
    active = Block.active()
    by_domain = active.filter(kind=Block.Kind.DOMAIN, value__in=domains)
    return by_domain.exists() or active.filter(kind=Block.Kind.MAIL, value=plain_address(email)).exists()


def is_network_blocked(address: str) -> bool:
    """Whether joining from this address is refused."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    around = [str(ip_network((found, length), strict=False)) for length in range(found.max_prefixlen + 1)]
    return Block.active().filter(kind=Block.Kind.NETWORK, value__in=around).exists()
