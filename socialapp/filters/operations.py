"""Mute words, change how, and unmute them. Each may be repeated."""

from collections.abc import Collection
from datetime import datetime

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from socialapp.filters.models import Action, Place, WordFilter
from socialapp.users.models import Person
from socialapp.users.operations import lock_person

UNDO_LASTS_S = 10 * 60
_SALT = "socialapp.filters.removed"


@transaction.atomic
def mute_words(
    *,
    person: Person,
    phrase: str,
    places: Collection[str],
    whole_word: bool = True,
    action: str = Action.FOLD,
    ends_at: datetime | None = None,
    filter_id: int | None = None,
) -> WordFilter:
    """Mute a phrase; one that is muted already is changed, as is the filter `filter_id`. Raises ValidationError.

    Raises WordFilter.DoesNotExist when the person has no filter of that id.
    """
    lock_person(person.pk)
    mine = WordFilter.objects.filter(person=person)
    found = WordFilter(person=person, phrase=phrase)
    found.phrase = WordFilter._meta.get_field("phrase").clean(phrase, found)
    same = mine.filter(phrase=found.phrase)
    known = mine.get(pk=filter_id) if filter_id else same.first()
    if known is not None and same.exclude(pk=known.pk).exists():
        raise ValidationError({"phrase": [_("You have muted this phrase already.")]})
    if known is None and mine.count() >= WordFilter.PER_PERSON:
        raise ValidationError(_("You have muted %(n)s phrases. Unmute one first.") % {"n": WordFilter.PER_PERSON})
    if known is not None:
        known.phrase, found = found.phrase, known
    found.places = [place.value for place in Place if place.value in places]
    found.whole_word, found.action, found.ends_at = whole_word, action, ends_at
    _check(found)
    found.save()
    return found


def unmute_words(*, person: Person, filter_id: int) -> WordFilter:
    """Remove a filter, and return it as it was. Raises WordFilter.DoesNotExist."""
    known = WordFilter.objects.get(person=person, pk=filter_id)
    known.delete()
    return known


def undo_token(removed: WordFilter) -> str:
    """Return what `restore_words` takes."""
    ends_at = removed.ends_at.isoformat() if removed.ends_at and not removed.has_ended else None
    values = [removed.person_id, removed.phrase, removed.places, removed.whole_word, removed.action, ends_at]
    return signing.dumps(values, salt=_SALT, compress=True)


def restore_words(*, person: Person, token: str) -> WordFilter:
    """Undo `unmute_words`, within ten minutes. Raises ValidationError."""
    try:
        owner_id, phrase, places, whole_word, action, end = signing.loads(token, salt=_SALT, max_age=UNDO_LASTS_S)
    except signing.BadSignature:
        owner_id = None
    if owner_id != person.pk:
        raise ValidationError(_("It is too late to undo this."))
    ends_at = datetime.fromisoformat(end) if end else None
    return mute_words(
        person=person, phrase=phrase, places=places, whole_word=whole_word, action=action, ends_at=ends_at
    )


def forget_words_of(person_id: int) -> None:
    """Remove all filters of somebody whose account is deleted."""
    WordFilter.objects.filter(person_id=person_id).delete()


def _check(found: WordFilter) -> None:
    if not found.places:
        raise ValidationError({"places": [_("Choose where it is to apply.")]})
    if found.ends_at is not None and found.ends_at <= timezone.now():
        raise ValidationError({"ends_at": [_("The end lies in the past. Choose a later one, or none.")]})
    found.full_clean(exclude=["created_at"])
