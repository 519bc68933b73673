"""A person, their log-ins in browsers, and the tokens by which programs act for them."""

import hashlib
from collections.abc import Callable
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.indexes import OpClass
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from socialapp.sql import followed_by
from socialapp.text.cleaning import LineField, LinesField, isolated
from socialapp.users.lookalikes import skeleton, skeleton_in_database
from socialapp.users.post_languages import LANGUAGE_LENGTH, is_language
from socialapp.visibility import Reachable, Visibility


def username_digest(username: str) -> str:
    """A digest of a retired username. It keeps former names out of our tables, but does not prevent guesses."""
    return hashlib.sha256(username.lower().encode()).hexdigest()


def retired_digests(username: str) -> list[str]:
    """Digests of a username, and of what it looks like."""
    return [username_digest(username), username_digest(skeleton(username.lower()))]


def check_not_retired(username: str) -> None:
    """Refuse names of deleted accounts, which old mentions and links still mean, and what looks like one.

    Raises ValidationError.
    """
    if RetiredUsername.objects.filter(digest__in=retired_digests(username)).exists():
        raise ValidationError(_("This name belonged to a deleted account. Choose another one."), code="retired")


USERNAME_VALIDATORS = [
    RegexValidator(
        r"\A[a-zA-Z0-9_]{1,30}\Z", _("A username has 1 to 30 letters (a to z), digits and underscores, nothing else.")
    ),
]
NEW_USERNAME_VALIDATORS: list[Callable[[Any], None]] = [*USERNAME_VALIDATORS, check_not_retired]


def active(person: str = "") -> models.Q:
    """Neither suspended nor deleted. `person` is the path to them from the model that is asked, "" for Person."""
    path = f"{person}__" if person else ""
    return models.Q(**{f"{path}suspended_at": None, f"{path}deleted_at": None})


def findable(viewer_id: int | None, person: str = "") -> models.Q:
    """The people that lists of everybody show to this viewer: of those who are silenced, only people they follow.

    Viewers always find themselves. `person` is the path to the people from the queried model, "" for Person.
    """
    found = models.Q(**{f"{person}__silenced_at" if person else "silenced_at": None})
    if viewer_id is None:
        return found
    followed = RawSQL(followed_by("%s"), [viewer_id])  # noqa: S611  no text from outside
    return found | models.Q(**{person or "pk": viewer_id}) | models.Q(**{f"{person or 'pk'}__in": followed})


class PersonQuerySet(models.QuerySet["Person"]):
    """People, by whether they may be seen."""

    def active(self) -> Self:
        """Only those who may act and be seen: neither suspended nor deleted."""
        return self.filter(active())

    def findable(self, viewer_id: int | None) -> Self:
        """Only those that lists of everybody show to this viewer."""
        return self.active().filter(findable(viewer_id))


class PersonManager(BaseUserManager["Person"]):
    """The manager that Django's authentication needs."""

    def get_queryset(self) -> PersonQuerySet:
        return PersonQuerySet(self.model, using=self._db)

    def active(self) -> PersonQuerySet:
        """Only those who may act and be seen: neither suspended nor deleted."""
        return self.get_queryset().active()

    def findable(self, viewer_id: int | None) -> PersonQuerySet:
        """Only those that lists of everybody show to this viewer."""
        return self.get_queryset().findable(viewer_id)

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(username=(username or "").lower())

    def create_user(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> "Person":
        person = self.model(username=username.lower(), email=self.normalize_email(email), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> "Person":
        return self.create_user(username, email, password, is_staff=True, is_superuser=True, **fields)


class Person(AbstractBaseUser, PermissionsMixin):
    """Someone with an account.

    active → suspended (by a moderator, with a reason; until it is lifted, or its end) → active
    active → silenced (by a moderator): only followers find them, and are notified of what they do → active
    active → deleted (by themselves): name and mail are erased at once, what they made by workers
    """

    username = models.CharField(
        pgettext_lazy("admin", "username"), max_length=30, unique=True, validators=NEW_USERNAME_VALIDATORS
    )
    name = LineField(pgettext_lazy("admin", "name"), max_length=60, blank=True, default="")
    bio = LinesField(pgettext_lazy("admin", "bio"), blank=True, default="", validators=[MaxLengthValidator(500)])
    # The name of its files; "" for initials. A column, so that it costs no query.
    avatar = models.CharField(
        pgettext_lazy("admin", "avatar"), max_length=32, blank=True, default="", db_default="", editable=False
    )
    email = models.EmailField(pgettext_lazy("admin", "email"), blank=True, default="")
    # One of settings.LANGUAGES; "": they never chose, so pages go by the browser and mail by LANGUAGE_CODE.
    language = models.CharField(
        pgettext_lazy("admin", "language"), max_length=10, blank=True, default="", db_default=""
    )
    # Whether they approve their followers: following them begins with a request (socialapp.follows).
    locked = models.BooleanField(pgettext_lazy("admin", "locked"), default=False, db_default=False)
    # The defaults of a new post: who may see it, and its language as BCP 47 ("": the same as `language`).
    post_visibility = models.CharField(
        pgettext_lazy("admin", "visibility of posts"),
        max_length=10,
        choices=Visibility,
        default=Visibility.PUBLIC,
        db_default=Visibility.PUBLIC,
    )
    post_language = models.CharField(
        pgettext_lazy("admin", "language of posts"),
        max_length=LANGUAGE_LENGTH,
        blank=True,
        default="",
        db_default="",
        validators=[is_language],
    )
    # How posts are shown to them.
    opens_warnings = models.BooleanField(
        pgettext_lazy("admin", "opens content warnings"), default=False, db_default=False
    )
    shows_sensitive = models.BooleanField(
        pgettext_lazy("admin", "shows sensitive pictures"), default=False, db_default=False
    )
    reachable_by = models.CharField(
        pgettext_lazy("admin", "reachable by"),
        max_length=10,
        choices=Reachable,
        default=Reachable.EVERYONE,
        db_default=Reachable.EVERYONE,
    )
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    joined_at = models.DateTimeField(pgettext_lazy("admin", "joined at"), db_default=Now(), editable=False)
    suspended_at = models.DateTimeField(pgettext_lazy("admin", "suspended at"), null=True, blank=True, editable=False)
    # When the suspension lifts itself; empty: it has no end.
    suspended_until = models.DateTimeField(
        pgettext_lazy("admin", "suspended until"), null=True, blank=True, editable=False
    )
    suspended_reason = models.TextField(pgettext_lazy("admin", "suspended reason"), blank=True, default="")
    # Since when only their followers find them (`findable`).
    silenced_at = models.DateTimeField(pgettext_lazy("admin", "silenced at"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(pgettext_lazy("admin", "deleted at"), null=True, blank=True, editable=False)
    # How often all their sessions were ended at once.
    sessions_ended = models.IntegerField(
        pgettext_lazy("admin", "sessions ended"), default=0, db_default=0, editable=False
    )

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    objects = PersonManager()

    class Meta:
        verbose_name = pgettext_lazy("admin", "person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(condition=models.Q(username=Lower("username")), name="username_is_lower_case"),
        ]
        indexes = [
            # moderators look for the suspended; suspensions that end
            models.Index(
                fields=["suspended_at"], name="person_suspended", condition=models.Q(suspended_at__isnull=False)
            ),
            # sign-up: people whose names look like a new one
            models.Index(skeleton_in_database(), name="person_skeleton"),
            # log-in and password reset: by mail
            models.Index(Lower("email"), name="person_email"),
        ]

    def __str__(self) -> str:
        return f"@{self.username}"

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether they may log in and act: neither suspended nor deleted."""
        return self.suspended_at is None and self.deleted_at is None

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A hash that sessions keep; it changes with the password and with `sessions_ended`, which ends them."""
        sealed = self.password + (f" {self.sessions_ended}" if self.sessions_ended else "")
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        return salted_hmac(salt, sealed, secret=secret, algorithm="sha256").hexdigest()

    @property
    def plain_name(self) -> str:
        """The name for programs."""
        return self.name or self.username

    @property
    def display_name(self) -> str:
        """The name for pages; one written from right to left does not reorder the text beside it."""
        return isolated(self.plain_name)


def not_ended() -> models.Q:
    """A condition: the token does not expire, or expires in the future."""
    return models.Q(ends_at=None) | models.Q(ends_at__gt=Now())


class RetiredUsername(models.Model):
    """The name of a deleted account, kept for good, so that no one else can be taken for its former owner."""

    digest = models.CharField(max_length=64, primary_key=True)

    def __str__(self) -> str:
        return self.digest[:8]


class Departure(models.Model):
    """Somebody deleted their account with a way back: it is hidden since `left_at`, and deleted for good at `ends_at`.

    `left_at` is also when they were suspended (`Person.suspended_at`), which hides them everywhere. If a moderator
    suspends them meanwhile, that time is another one, and coming back does not end it.
    """

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="+")
    left_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.person_id} until {self.ends_at}"


class NameWord(models.Model):
    """A word of a person's name or username, folded as in the search (socialapp.text.folding).

    Written by triggers of PostgreSQL (the first migration) whenever a name is, and never by Python.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="name_words", db_index=False)
    word = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "word"], name="one_row_per_person_and_name_word"),
        ]
        indexes = [
            # find_people, complete_people: by the beginning of any word of a name
            models.Index(
                OpClass(models.F("word"), name="text_pattern_ops"), models.F("person"), name="name_word_prefix"
            ),
        ]

    def __str__(self) -> str:
        return self.word


class Scope(models.TextChoices):
    """What a token may do. Each request needs one; a token has some, as RFC 6749 (3.3) writes them: with spaces."""

    READ = "read", _("read")
    WRITE = "write", _("write")


ALL_SCOPES = " ".join(Scope.values)


class Token(models.Model):
    """Lets a program act as a person. Only a digest is stored, so a stolen table opens nothing."""

    SCOPES: ClassVar[list[tuple[str, Any]]] = [
        (ALL_SCOPES, _("read and write as you")),
        (Scope.READ.value, _("only read what you can see")),
    ]

    id = models.BigAutoField(pgettext_lazy("admin", "ID"), primary_key=True)
    person = models.ForeignKey(
        Person, verbose_name=pgettext_lazy("admin", "person"), on_delete=models.CASCADE, related_name="tokens"
    )
    name = LineField(pgettext_lazy("admin", "name"), max_length=60)
    digest = models.CharField(pgettext_lazy("admin", "digest"), max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(pgettext_lazy("admin", "created at"), db_default=Now(), editable=False)
    last_used_on = models.DateField(pgettext_lazy("admin", "last used on"), null=True, blank=True, editable=False)
    scope = models.CharField(
        pgettext_lazy("admin", "scope"), max_length=60, choices=SCOPES, default=ALL_SCOPES, db_default=ALL_SCOPES
    )
    ends_at = models.DateTimeField(pgettext_lazy("admin", "ends at"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("admin", "token")
        verbose_name_plural = pgettext_lazy("admin", "tokens")

    def __str__(self) -> str:
        return f"{self.name} of {self.person_id}"

    @property
    def has_ended(self) -> bool:
        """Whether its time is over: it opens nothing any more."""
        return self.ends_at is not None and self.ends_at <= timezone.now()

    def allows(self, scope: str) -> bool:
        """Whether a request that needs this scope may be made with it."""
        return scope in self.scope.split()


class LogIn(models.Model):
    """A session as its owner sees it: which browser, from where, last used when. It is deleted with the session."""

    # Without a constraint: the release before, which may be running beside this one, deletes sessions alone.
    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="log_ins")
    user_agent = models.CharField(max_length=512, blank=True)
    address = models.GenericIPAddressField()
    began_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.pk} of {self.person_id}"
