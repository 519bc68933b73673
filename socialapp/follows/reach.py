"""Who may mention a person, and who may reply to them."""

from collections.abc import Collection, Iterable

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from socialapp.follows.models import Follow
from socialapp.follows.queries import no_block
from socialapp.users.models import Person
from socialapp.visibility import Reachable


class NotReachable(ValidationError):
    """A person does not accept mentions or replies from the author."""

    def __init__(self, person: Person) -> None:
        super().__init__({"body": [sentence_of(person)]}, code="not_reachable")


def sentence_of(person: Person) -> str:
    """Say who may mention this person and reply to them."""
    values = {"name": person.display_name}
    if person.reachable_by == Reachable.FOLLOWING:
        return _("%(name)s lets only people they follow reply to them or mention them.") % values
    return _("%(name)s lets no one reply to them or mention them.") % values


def unreachable(people: QuerySet[Person], by_id: int | None) -> QuerySet[Person]:
    """Those of `people` that this person may neither mention nor reply to. People may always mention themselves."""
    followed = Exists(Follow.objects.filter(follower=OuterRef("pk"), followee_id=by_id))
    open_to = Q(reachable_by=Reachable.EVERYONE) | Q(pk=by_id) | Q(followed, reachable_by=Reachable.FOLLOWING)
    return people.exclude(open_to)


def first_unreachable(by_id: int | None, person_ids: Iterable[int | None]) -> Person | None:
    """The first, by id, of these people that this person may not reply to. One query."""
    wanted = {person_id for person_id in person_ids if person_id}
    return unreachable(Person.objects.filter(pk__in=wanted), by_id).order_by("pk").first()


def first_closed_to(by_id: int, person_ids: Iterable[int | None]) -> Person | None:
    """Like `first_unreachable`, but also for people who block this person or are blocked by them. Up to two queries."""
    wanted = {person_id for person_id in person_ids if person_id}
    blocked = Person.objects.filter(pk__in=wanted).exclude(no_block(by_id, "pk")).order_by("pk").first()
    return blocked or first_unreachable(by_id, wanted)


def reachable_names(author_id: int, names: Collection[str]) -> list[str]:
    """Those of these usernames that the author may mention. One query; none without names."""
    people = Person.objects.filter(username__in=names)
    closed = set(unreachable(people, author_id).values_list("username", flat=True)) if names else set()
    return [name for name in names if name not in closed]


def check_mentions(author_id: int, names: Collection[str], known: Collection[int] = ()) -> None:
    """Raise NotReachable if the author may not mention one of these names. `known` are mentioned already. One query."""
    if not names:
        return
    named = unreachable(Person.objects.active().filter(username__in=names).exclude(pk__in=known), author_id)
    if person := named.order_by("pk").first():
        raise NotReachable(person)
