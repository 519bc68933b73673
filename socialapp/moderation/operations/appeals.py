"""Appeal against an act, once, and decide that; by another moderator where there is one."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from socialapp.moderation.cleaning import clean
from socialapp.moderation.models import Action, Appeal, Verb
from socialapp.moderation.operations import notices
from socialapp.moderation.operations.acts import UNDONE_BY, retract, undo
from socialapp.moderation.operations.cases import check_may_judge, close_if_settled, locked_case, open_case
from socialapp.moderation.roles import moderators
from socialapp.posts.models import Post
from socialapp.users.models import Person

APPEALABLE = set(UNDONE_BY)


@transaction.atomic
def appeal(*, action: Action, person: Person, words: str) -> Appeal:
    """Ask that an act be looked at again. Raises PermissionDenied, ValidationError: it can be asked once."""
    if action.person_id != person.pk:
        raise PermissionDenied(_("Only whom it concerns can appeal."))
    if action.verb not in APPEALABLE or hasattr(action, "undone_by"):
        raise ValidationError(_("There is nothing to appeal against any more."))
    made = Appeal(action=action, case=open_case(person.pk), words=words)
    clean(made, "words")
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise ValidationError(_("You have appealed already. A moderator decides once.")) from error
    return made


@transaction.atomic
def decide_appeal(*, appeal_id: int, moderator: Person, granted: bool, words: str = "") -> Action:
    """Grant an appeal, which undoes the act as far as it can be, or reject it; the person is notified either way.

    Raises Appeal.DoesNotExist, PermissionDenied unless `may_decide`, ValidationError if it is already decided.
    """
    found = Appeal.objects.select_related("action__person").get(pk=appeal_id)
    case = locked_case(found.case_id)
    found.refresh_from_db(fields=["state"])
    if found.state != Appeal.State.WAITING:
        raise ValidationError(_("Another moderator decided this appeal meanwhile."))
    check_may_judge(moderator, found.action.person)
    if not may_decide(found, moderator):
        raise PermissionDenied(_("You acted yourself, so another moderator decides the appeal."))
    state = Appeal.State.GRANTED if granted else Appeal.State.REJECTED
    Appeal.objects.filter(pk=found.pk).update(state=state, decided_at=Now(), decided_by=moderator)
    action = _grant(found.action, moderator, words) if granted else _reject(found, moderator, words)
    close_if_settled(case)
    return action


def _grant(appealed: Action, moderator: Person, words: str) -> Action:
    """Undo the act. Where that is done, or nothing is left to undo, it no longer counts against its person."""
    if undone := Action.objects.filter(undoes=appealed).first():
        return undone
    try:
        with transaction.atomic():
            return undo(action=appealed, moderator=moderator, words=words)
    except (ValidationError, Post.DoesNotExist, Person.DoesNotExist):
        return retract(action=appealed, moderator=moderator, words=words)


def _reject(found: Appeal, moderator: Person, words: str) -> Action:
    action = Action.objects.create(
        moderator=moderator,
        verb=Verb.REJECT_APPEAL,
        person=found.action.person,
        post_id=found.action.post_id,
        case=found.case,
        rule=found.action.rule,
        rule_title=found.action.rule_title,
        words=words,
    )
    notices.of_action(action)
    return action


def may_decide(found: Appeal, moderator: Person) -> bool:
    """Whether this moderator may decide: not the one who acted, unless there is no other moderator."""
    if found.action.moderator_id != moderator.pk:
        return True
    others = moderators().exclude(pk__in=[moderator.pk, found.action.person_id])
    return not others.exists()
