"""Changes to accounts: tokens, profile, sessions, suspension, deletion."""

import secrets
from contextlib import suppress
from datetime import datetime
from typing import IO, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from socialapp.media import operations as media
from socialapp.media.models import Kind
from socialapp.messaging import outbox
from socialapp.messaging.messages import AccessRevoked, AccountDeleted, PersonSuspended, PersonUnsuspended
from socialapp.users.models import (
    ALL_SCOPES,
    Departure,
    LogIn,
    Person,
    RetiredUsername,
    Token,
    not_ended,
    retired_digests,
)
from socialapp.users.queries import check_name, token_digest
from socialapp.visibility import Reachable

TOKENS_PER_PERSON = 50
POSTING = ("post_visibility", "post_language", "opens_warnings", "shows_sensitive")


def new_person(*, username: str, email: str = "", password: str | None = None, name: str = "") -> Person:
    """Make an account for an operator; without a password, it cannot be logged in to. Raises ValidationError."""
    person = Person(username=username.lower(), name=name, email=email, password=make_password(password))
    person.full_clean(exclude=["joined_at"])
    person.save()
    return person


def lock_person(person_id: int) -> None:
    """Lock a person until the transaction ends, so that limits on what they have can be checked before adding to it.

    Raises Person.DoesNotExist when the account was deleted meanwhile.
    """
    Person.objects.select_for_update(no_key=True).only("pk").get(pk=person_id, deleted_at=None)


@transaction.atomic
def make_token(*, person: Person, name: str, scope: str = ALL_SCOPES, ends_at: datetime | None = None) -> str:
    """Make a token and return its value, which is shown once and not stored. Raises ValidationError."""
    token = Token(person=person, name=name, scope=scope, ends_at=ends_at)
    value = f"sa_{secrets.token_urlsafe(32)}"
    token.digest = token_digest(value)
    token.full_clean(exclude=["created_at"])
    lock_person(person.pk)
    if person.tokens.count() >= TOKENS_PER_PERSON:
        raise ValidationError({"name": [_("You have %(n)s tokens. Revoke one first.") % {"n": TOKENS_PER_PERSON}]})
    token.save()
    return value


def choose_posting(*, person: Person, **chosen: Any) -> None:
    """Store how somebody writes and reads posts: any of the fields of `POSTING`. Raises ValidationError."""
    changed = {name: value for name, value in chosen.items() if getattr(person, name) != value}
    if unknown := set(changed) - set(POSTING):
        raise ValueError(f"These are no choices about posts: {unknown}")
    for name, value in changed.items():
        setattr(person, name, value)
    if changed:
        person.clean_fields(exclude=[field.name for field in Person._meta.fields if field.name not in changed])
        Person.objects.filter(pk=person.pk).update(**changed)


@transaction.atomic
def revoke_token(*, person: Person, token_id: int) -> None:
    """End a token, and the push subscriptions and webhooks that it made. Raises Token.DoesNotExist."""
    if not person.tokens.filter(pk=token_id).delete()[0]:
        raise Token.DoesNotExist(f"You have no token {token_id}.")
    outbox.publish(AccessRevoked(person_id=person.pk, token_id=token_id, at=_database_time()))


def revoke_ended_tokens() -> None:
    """Revoke tokens whose time is over, so that the webhooks and push subscriptions that they made end, too."""
    for token in Token.objects.exclude(not_ended()).select_related("person").order_by("pk"):
        with suppress(Token.DoesNotExist):  # its owner was faster
            revoke_token(person=token.person, token_id=token.pk)


@transaction.atomic
def revoke_access(*, person: Person) -> None:
    """End all tokens, and push subscriptions and webhooks made until now. Live streams of tokens end within moments."""
    person.tokens.all().delete()
    outbox.publish(AccessRevoked(person_id=person.pk, at=_database_time()))


@transaction.atomic
def log_out_everywhere(*, person: Person) -> None:
    """End all sessions, and everything that `revoke_access` ends. `update_session_auth_hash` keeps the caller's own."""
    Person.objects.filter(pk=person.pk).update(sessions_ended=F("sessions_ended") + 1)
    person.refresh_from_db(fields=["sessions_ended"])
    revoke_access(person=person)


def _database_time() -> datetime:
    """Now, by the clock that dates rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at


def edit_profile(*, person: Person, name: str | None = None, bio: str | None = None) -> None:
    """Change name, bio or both; concurrent changes of the two both stand. Raises ValidationError, DoesNotExist."""
    if name is not None and name != person.name:
        check_name(name, person)
    changes = {field: value for field, value in {"name": name, "bio": bio}.items() if value is not None}
    for field, value in changes.items():
        setattr(person, field, value)
    person.clean_fields(exclude=[f.name for f in Person._meta.fields if f.name not in changes])
    _save(person, *changes)


def change_avatar(*, person: Person, file: IO[Any]) -> None:
    """Replace the person's picture. Raises ValidationError for the field `avatar`."""
    try:
        picture = media.make_avatar(owner_id=person.pk, file=file)
    except ValidationError as error:
        raise ValidationError({"avatar": error.messages}) from error
    with transaction.atomic():
        _set_avatar(person, picture.token)
        media.keep(owner_id=person.pk, kind=Kind.AVATAR, ids=[picture.pk])


@transaction.atomic
def remove_avatar(*, person: Person) -> None:
    """Remove the person's picture, if they have one; initials are shown again."""
    _set_avatar(person, "")


def _set_avatar(person: Person, token: str) -> None:
    """Set the picture and release the one before."""
    lock_person(person.pk)
    before = Person.objects.values_list("avatar", flat=True).get(pk=person.pk)
    person.avatar = token
    _save(person, "avatar")
    if before:
        media.release_avatar(owner_id=person.pk, token=before)


def choose_language(*, person: Person, language: str) -> None:
    """Set the language of pages, mail and push.

    Raises ValidationError for a language that does not exist, Person.DoesNotExist.
    """
    if language not in dict(settings.LANGUAGES):
        raise ValidationError({"language": [_("This site does not have this language. Choose one of those it has.")]})
    person.language = language
    _save(person, "language")


def choose_reachable(*, person: Person, by: str) -> None:
    """Set who may mention the person or reply to them, from now on. Raises Person.DoesNotExist."""
    person.reachable_by = Reachable(by)
    _save(person, "reachable_by")


def _save(person: Person, *fields: str) -> None:
    """Store these fields. Raises Person.DoesNotExist: a deleted account is not written to again."""
    values = {field: getattr(person, field) for field in fields}
    if values and not Person.objects.filter(pk=person.pk, deleted_at=None).update(**values):
        raise Person.DoesNotExist(f"{person.username} deleted this account.")


def silence(*, person: Person) -> None:
    """Let only a person's followers find them, and be notified of what they do from now on."""
    Person.objects.filter(pk=person.pk).update(silenced_at=Now())


def unsilence(*, person: Person) -> None:
    """End `silence`; what others were not notified of waits in their boxes."""
    Person.objects.filter(pk=person.pk).update(silenced_at=None)


@transaction.atomic
def suspend(*, person: Person, reason: str, until: datetime | None = None) -> None:
    """Suspend a person: they may not act, and their posts are hidden at once. Workers adjust counts.

    With `until`, moderation lifts it at that time.
    """
    _wait_for_acts_of(person)
    person.suspended_at = timezone.now()
    person.suspended_until = until
    person.suspended_reason = reason
    person.save(update_fields=["suspended_at", "suspended_until", "suspended_reason"])
    outbox.publish(PersonSuspended(person_id=person.pk))


@transaction.atomic
def unsuspend(*, person: Person) -> None:
    """End a suspension, as if it had never been, and a departure: who is back in is not deleted later."""
    _wait_for_acts_of(person)
    Departure.objects.filter(person=person).delete()
    person.suspended_at = person.suspended_until = None
    person.suspended_reason = ""
    person.save(update_fields=["suspended_at", "suspended_until", "suspended_reason"])
    outbox.publish(PersonUnsuspended(person_id=person.pk))


def _wait_for_acts_of(person: Person) -> None:
    """Wait for reactions and follows under way, which lock their actor (`sql.acting`). Later ones are refused."""
    Person.objects.select_for_update().get(pk=person.pk)


@transaction.atomic
def delete_account(*, person: Person) -> None:
    """Delete an account at once and for good; workers remove what the person wrote and did."""
    RetiredUsername.objects.bulk_create(
        [RetiredUsername(digest=digest) for digest in set(retired_digests(person.username))], ignore_conflicts=True
    )
    # With a hyphen, so that no one can sign up under that name.
    deleted = Person.objects.filter(pk=person.pk, deleted_at=None).update(
        deleted_at=Now(),
        username=f"deleted-{person.pk}",
        name="Deleted account",
        bio="",
        avatar="",
        email="",
        password=make_password(None),
    )
    if not deleted:
        return
    Token.objects.filter(person=person).delete()
    Session.objects.filter(pk__in=LogIn.objects.filter(person=person).values("session")).delete()
    Authenticator.objects.filter(user=person).delete()
    Departure.objects.filter(person=person).delete()
    EmailAddress.objects.filter(user=person).delete()
    media.release_all_of(person.pk)
    outbox.publish(AccountDeleted(person_id=person.pk))
