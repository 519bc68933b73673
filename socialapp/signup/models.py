"""Rules of sign-up, invitations, applications that wait for approval, and who is kept out."""

import secrets
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_network
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from socialapp.text.cleaning import LineField, LinesField
from socialapp.users.models import USERNAME_VALIDATORS, active

ANSWER_LENGTH = 1_000
MOST_USES = 100


def new_code() -> str:
    """Return a code that cannot be guessed."""
    return secrets.token_urlsafe(12)


class Mode(models.TextChoices):
    """Who may join."""

    OPEN = "open", _("anybody")
    APPROVAL = "approval", _("whoever is approved, or was invited")
    INVITATION = "invitation", _("whoever was invited")
    CLOSED = "closed", _("nobody")


class Inviters(models.TextChoices):
    """Who may invite."""

    EVERYBODY = "everybody", _("everybody whose account is no longer new")
    STAFF = "staff", _("those who may open the admin")
    NOBODY = "nobody", _("nobody")


class SignupRules(models.Model):
    """What admins decided, in one row. Without it, settings.SIGN_UP decides who may join."""

    mode = models.CharField(pgettext_lazy("admin", "who may join"), max_length=10, choices=Mode)
    inviters = models.CharField(
        pgettext_lazy("admin", "who may invite"), max_length=10, choices=Inviters, default=Inviters.EVERYBODY
    )
    question = LineField(
        pgettext_lazy("admin", "question to applicants"),
        max_length=200,
        blank=True,
        default="",
        help_text=_("Asked where somebody has to approve. Empty: why they would like to join."),
    )

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("admin", "rules of sign-up")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="signup_has_one_row_of_rules")]

    def __str__(self) -> str:
        return self.get_mode_display()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations, by whether they still let somebody in."""

    def usable(self) -> "InvitationQuerySet":
        """Invitations that can be used to join now: not those of people who are suspended or gone."""
        return self.filter(active("person"), revoked_at=None, ends_at__gt=Now(), uses__lt=models.F("limit"))


class Invitation(models.Model):
    """A link by which a limited number of people can join until a certain day."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=pgettext_lazy("admin", "by"), on_delete=models.CASCADE, related_name="+"
    )
    code = models.CharField(
        pgettext_lazy("admin", "code"), max_length=32, unique=True, default=new_code, editable=False
    )
    note = LineField(pgettext_lazy("admin", "for whom"), max_length=60, blank=True, default="")
    limit = models.PositiveSmallIntegerField(
        pgettext_lazy("admin", "how many people"), validators=[MinValueValidator(1), MaxValueValidator(MOST_USES)]
    )
    uses = models.PositiveSmallIntegerField(pgettext_lazy("admin", "who joined"), default=0, editable=False)
    created_at = models.DateTimeField(pgettext_lazy("admin", "made"), db_default=Now(), editable=False)
    ends_at = models.DateTimeField(pgettext_lazy("admin", "until"))
    revoked_at = models.DateTimeField(pgettext_lazy("admin", "revoked"), null=True, blank=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("admin", "invitation")
        verbose_name_plural = pgettext_lazy("admin", "invitations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(uses__lte=models.F("limit")), name="invitation_lets_in_no_more_than_its_limit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} by {self.person_id}"

    @property
    def is_usable(self) -> bool:
        """Whether its link lets somebody in, unless its owner is suspended."""
        return self.revoked_at is None and self.uses < self.limit and self.ends_at > timezone.now()

    @property
    def url(self) -> str:
        """The whole address that is sent to friends."""
        return settings.PUBLIC_URL + reverse("signup:invited", args=[self.code])


class Invitee(models.Model):
    """A person who joined by an invitation, and so who invited them."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="invitees")
    joined_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = pgettext_lazy("admin", "invited person")
        verbose_name_plural = pgettext_lazy("admin", "invited people")

    def __str__(self) -> str:
        return f"{self.person_id} by {self.invitation_id}"


class Application(models.Model):
    """Somebody who waits for approval. There is no account until then: nothing can be done with it.

    waiting → approved: an account is made, the row is deleted
    waiting → refused: the row is deleted
    """

    username = models.CharField(
        pgettext_lazy("admin", "username"), max_length=30, unique=True, validators=USERNAME_VALIDATORS
    )
    email = models.EmailField(pgettext_lazy("admin", "mail address"))
    password = models.CharField(max_length=128, editable=False)
    language = models.CharField(pgettext_lazy("admin", "language"), max_length=10, blank=True, default="")
    question = LineField(pgettext_lazy("admin", "question"), max_length=200, blank=True, default="")
    answer = LinesField(pgettext_lazy("admin", "answer"))
    address = models.GenericIPAddressField(pgettext_lazy("admin", "address"), null=True, editable=False)
    created_at = models.DateTimeField(pgettext_lazy("admin", "since"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = pgettext_lazy("admin", "application")
        verbose_name_plural = pgettext_lazy("admin", "applications")

    def __str__(self) -> str:
        return f"@{self.username}"


def _domain(value: str) -> str:
    value = value.strip().lower().removeprefix("@").removeprefix("*.").rstrip(".")
    EmailValidator(message=_("This is not a mail domain."))(f"a@{value}")
    return value


def _mail_address(value: str) -> str:
    EmailValidator()(value.strip())
    return plain_address(value.strip())


def _network(value: str) -> str:
    try:
        return str(ip_network(value.strip(), strict=False))
    except ValueError as error:
        raise ValidationError(gettext("This is no address and no network, such as 192.0.2.0/24.")) from error


def plain_address(email: str) -> str:
    """A mail address without what mail servers ignore: capitals, and what follows a + before the @."""
    name, _at, domain = email.lower().rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"


class Block(models.Model):
    """Keeps people from joining, by their mail or their network."""

    class Kind(models.TextChoices):
        """What is blocked."""

        DOMAIN = "domain", _("mail domain, with its subdomains")
        MAIL = "mail", _("mail address")
        NETWORK = "network", _("address or network")

    CLEAN: ClassVar[dict[str, Callable[[str], str]]] = {
        Kind.DOMAIN: _domain,
        Kind.MAIL: _mail_address,
        Kind.NETWORK: _network,
    }

    kind = models.CharField(pgettext_lazy("admin", "kind"), max_length=10, choices=Kind)
    value = models.CharField(
        pgettext_lazy("admin", "what"), max_length=254, help_text="example.com · eve@example.com · 192.0.2.0/24"
    )
    reason = LineField(pgettext_lazy("admin", "reason"), max_length=200)
    ends_at = models.DateTimeField(
        pgettext_lazy("admin", "until"), null=True, blank=True, help_text=_("Empty: for good.")
    )
    created_at = models.DateTimeField(pgettext_lazy("admin", "since"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = pgettext_lazy("admin", "block of sign-ups")
        verbose_name_plural = pgettext_lazy("admin", "blocks of sign-ups")
        constraints = [models.UniqueConstraint("kind", "value", name="one_block_of_sign_ups_per_value")]

    def __str__(self) -> str:
        return self.value

    def clean(self) -> None:
        if self.kind in self.CLEAN:
            try:
                self.value = self.CLEAN[self.kind](self.value)
            except ValidationError as error:
                raise ValidationError({"value": error.messages}) from error

    @classmethod
    def active(cls, at: datetime | None = None) -> models.QuerySet["Block"]:
        """Blocks that have not ended."""
        return cls.objects.filter(models.Q(ends_at=None) | models.Q(ends_at__gt=at or Now()))
