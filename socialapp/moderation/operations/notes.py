"""Notes that moderators leave for each other about a person."""

from django.db import transaction

from socialapp.moderation.cleaning import clean
from socialapp.moderation.models import Action, Note, Verb
from socialapp.users.models import Person


@transaction.atomic
def add_note(*, person: Person, moderator: Person, text: str) -> Note:
    """Note something about a person, for moderators alone. Raises ValidationError."""
    note = Note(person=person, author=moderator, text=text)
    clean(note, "text")
    note.save()
    Action.objects.create(moderator=moderator, verb=Verb.NOTE, person=person)
    return note


@transaction.atomic
def remove_note(*, note_id: int, moderator: Person) -> Person:
    """Remove any moderator's note; the log says who did. Returns the person it was about. Raises Note.DoesNotExist."""
    note = Note.objects.select_related("person").get(pk=note_id)
    note.delete()
    Action.objects.create(moderator=moderator, verb=Verb.REMOVE_NOTE, person=note.person)
    return note.person
