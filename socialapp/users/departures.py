"""Leave with a way back: for some weeks an account is hidden as a suspended one is, and then it is deleted for good."""

import logging
from datetime import datetime

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from socialapp.messaging import outbox
from socialapp.messaging.messages import PersonSuspended
from socialapp.users import operations
from socialapp.users.mails import notify
from socialapp.users.models import Departure, LogIn, Person

logger = logging.getLogger(__name__)
SALT = "users.departures"
# How long a person has to keep their account after they logged in.
OFFER_S = 15 * 60
BATCH = 20


@transaction.atomic
def leave(*, person: Person) -> Departure:
    """Hide an account, and delete it after settings.KEEP_LEFT_ACCOUNTS unless its owner comes back.

    Sessions end; tokens, webhooks and browsers do nothing until then. Repeated, it changes nothing. Raises
    Person.DoesNotExist for an account that may not act.
    """
    person = Person.objects.active().select_for_update().get(pk=person.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        left_at: datetime = cursor.fetchone()[0]
    departure = Departure.objects.create(person=person, left_at=left_at, ends_at=left_at + settings.KEEP_LEFT_ACCOUNTS)
    Person.objects.filter(pk=person.pk).update(suspended_at=left_at, suspended_reason="")
    Session.objects.filter(pk__in=LogIn.objects.filter(person=person).values("session")).delete()
    outbox.publish(PersonSuspended(person_id=person.pk))
    transaction.on_commit(lambda: notify(person, "account_left", ends_at=departure.ends_at))
    return departure


def departure_of(person: Person) -> Departure | None:
    """That a person left, if nothing else keeps them out: a moderator may have suspended them meanwhile."""
    return Departure.objects.filter(person=person, left_at=F("person__suspended_at")).first()


@transaction.atomic
def stay(*, person: Person) -> bool:
    """Take back `leave`. Returns whether the account is open again: it is not while a moderator suspends it."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    departure = departure_of(person)
    Departure.objects.filter(person=person).delete()
    if departure is None:
        return person.is_active
    operations.unsuspend(person=person)
    transaction.on_commit(lambda: notify(person, "account_kept"))
    return True


def offer(departure: Departure) -> str:
    """What a page needs to take back a departure: only who gave the right password gets that page."""
    return signing.dumps([departure.person_id, departure.left_at.isoformat()], salt=SALT)


def accepted(offered: str) -> Person:
    """The person whose departure may be taken back by this. Raises BadSignature, Departure.DoesNotExist."""
    person_id, left_at = signing.loads(offered, salt=SALT, max_age=OFFER_S)
    return Departure.objects.select_related("person").get(person=person_id, left_at=left_at).person


def end_departures() -> None:
    """Delete the accounts whose time is over; one that a moderator let back in meanwhile stays.

    Each is deleted on its own: one that fails is logged, and tried again the next time.
    """
    due = Departure.objects.filter(ends_at__lte=Now()).order_by("ends_at").values_list("person_id", flat=True)
    for person_id in due[:BATCH]:
        try:
            _end(person_id)
        except OperationalError:  # The database is away: the next round tries them all.
            raise
        except Exception:
            logger.exception("The account of person %d could not be deleted.", person_id)


@transaction.atomic
def _end(person_id: int) -> None:
    """Delete one of them, unless they came back since they were read: `stay` holds the same lock."""
    person = Person.objects.select_for_update().get(pk=person_id)
    departure = Departure.objects.filter(person=person, ends_at__lte=Now()).first()
    if departure is None:
        return
    if person.is_active:
        departure.delete()
    else:
        operations.delete_account(person=person)
