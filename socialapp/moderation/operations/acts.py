"""Act against a post or a person, and undo it. Each act is a line of the log, whichever door it came by."""

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from socialapp.moderation.cleaning import clean
from socialapp.moderation.models import Action, Case, Report, Rule, Verb
from socialapp.moderation.operations import holds, notices
from socialapp.moderation.operations.cases import (
    check_may_judge,
    close,
    close_if_settled,
    end_reports,
    grant_appeal,
    lock_open_case,
    locked_case,
)
from socialapp.moderation.operations.effects import EFFECTS, is_in_force, standing
from socialapp.moderation.roles import may_erase
from socialapp.posts.models import Post
from socialapp.users import operations as users
from socialapp.users.models import Person

logger = logging.getLogger(__name__)
# What each act is taken back by. What was deleted for good stays deleted: then it no longer counts against its author.
UNDONE_BY = {
    Verb.WARN: Verb.RETRACT,
    Verb.REMOVE: Verb.RETRACT,
    Verb.HIDE: Verb.UNHIDE,
    Verb.BLUR: Verb.UNBLUR,
    Verb.SILENCE: Verb.UNSILENCE,
    Verb.SUSPEND: Verb.UNSUSPEND,
}
OF_POSTS = {Verb.RELEASE, Verb.HIDE, Verb.UNHIDE, Verb.BLUR, Verb.UNBLUR, Verb.REMOVE}
FOR_GOOD = {Verb.REMOVE, Verb.ERASE}


@transaction.atomic
def act(
    *,
    moderator: Person,
    verb: Verb,
    person: Person,
    post_id: int = 0,
    case: Case | None = None,
    rule: Rule | None = None,
    words: str = "",
    ends_at: datetime | None = None,
) -> Action:
    """Do `verb` to a person, or a post of theirs; note it in the log, and notify the person.

    Raises PermissionDenied, ValidationError, Post.DoesNotExist.
    """
    check_may_judge(moderator, person)
    if verb in FOR_GOOD and not may_erase(moderator):
        raise PermissionDenied(_("You may not delete anything for good."))
    if verb in OF_POSTS and not Post.objects.filter(pk=post_id, author=person).exists():
        raise Post.DoesNotExist(f"There is no post {post_id} of this person.")
    if case is None:
        lock_open_case(person.pk)
    action = Action(
        moderator=moderator,
        verb=verb,
        person=person,
        post_id=post_id,
        case=case,
        rule=rule,
        rule_title=rule.title if rule else "",
        words=words,
        ends_at=ends_at,
    )
    clean(action, "verb", "words")
    EFFECTS[verb](action)
    action.save()
    if verb != Verb.ERASE:  # They have no inbox any more, and are mailed.
        notices.of_action(action)
    return action


@transaction.atomic
def undo(*, action: Action, moderator: Person | None, words: str = "") -> Action:
    """Take an act back, and notify the person. Raises PermissionDenied, ValidationError."""
    if moderator is not None:
        check_may_judge(moderator, action.person)
    verb = UNDONE_BY.get(Verb(action.verb))
    if verb is None:
        raise ValidationError(_("This cannot be undone."))
    # Another undo at the same moment waits here.
    case = lock_open_case(action.person_id)
    users.lock_person(action.person_id)
    if not is_in_force(action):
        raise ValidationError(_("This was undone already, or replaced by something later."))
    if action.post_id and not Post.objects.filter(pk=action.post_id).exists():
        return retract(action=action, moderator=moderator, words=words, case=case)
    return _take_back(verb, action.person, action.post_id, moderator, words, action, case)


@transaction.atomic
def lift(*, verb: Verb, person: Person, post_id: int = 0, moderator: Person | None, words: str = "") -> Action:
    """End what hides a post or suspends a person, no matter who began it, even if that was before there was a log."""
    if moderator is not None:
        check_may_judge(moderator, person)
    case = lock_open_case(person.pk)
    undone = standing(verb, person.pk, post_id)
    return _take_back(UNDONE_BY[verb], person, post_id, moderator, words, undone, case)


def retract(*, action: Action, moderator: Person | None, words: str = "", case: Case | None = None) -> Action:
    """Have an act no longer count against its person, where nothing is left to undo; they are notified."""
    return _take_back(Verb.RETRACT, action.person, action.post_id, moderator, words, action, case)


def _take_back(
    verb: Verb,
    person: Person,
    post_id: int,
    moderator: Person | None,
    words: str,
    undone: Action | None,
    case: Case | None,
) -> Action:
    """Do it. It grants an appeal against what is `undone`, and may so settle `case`, the open one, which is locked."""
    waited = case is not None and post_id in holds.waiting_in(case)
    action = Action(
        moderator=moderator,
        verb=verb,
        person=person,
        post_id=post_id,
        case=undone.case if undone else None,
        words=words,
        undoes=undone,
    )
    EFFECTS[verb](action)
    action.save()
    notices.of_action(action)
    if case and (grant_appeal(undone, moderator) or waited):
        close_if_settled(case)
    return action


@transaction.atomic
def decide(
    *,
    case: Case,
    moderator: Person,
    verb: Verb,
    post_ids: list[int],
    rule: Rule | None,
    words: str,
    ends_at: datetime | None,
    stays_open: bool,
) -> list[Action]:
    """Act in a case, on its person or on some of their posts; then close it, unless it `stays_open`.

    The case is locked and open. Those who reported are notified that somebody acted. What still waits for a look in a
    case that is closed is hidden for the same reason; to publish what waits closes a case in which nothing else is
    open. What waits and is marked as sensitive is published. Raises ValidationError.
    """
    if verb in OF_POSTS and not post_ids:
        raise ValidationError({"posts": [_("Choose the posts that this is about.")]})
    what: dict[str, Any] = {"moderator": moderator, "person": case.person, "case": case, "rule": rule, "words": words}
    ends_at = ends_at if verb == Verb.SUSPEND else None
    about = post_ids if verb in OF_POSTS else [0]
    done = [act(verb=verb, post_id=post_id, ends_at=ends_at, **what) for post_id in about]
    if verb == Verb.BLUR:
        _release_chosen(case, moderator, post_ids)
    if verb == Verb.RELEASE:
        if not stays_open:
            close_if_settled(case)
    elif stays_open:
        end_reports(case, Report.State.UPHELD)
    else:
        _hide_waiting(case, moderator, rule, words)
        close(case, Report.State.UPHELD)
    return done


def _release_chosen(case: Case, moderator: Person, post_ids: list[int]) -> None:
    """Publish what waits and is marked as sensitive: else it would be hidden as well."""
    for post_id in sorted(set(post_ids) & set(holds.waiting_in(case))):
        act(moderator=moderator, verb=Verb.RELEASE, person=case.person, post_id=post_id, case=case)


def _hide_waiting(case: Case, moderator: Person, rule: Rule | None, words: str) -> None:
    waiting = holds.waiting_in(case)
    for post in Post.objects.filter(pk__in=waiting, deleted_at=None).order_by("pk"):
        act(moderator=moderator, verb=Verb.HIDE, person=case.person, post_id=post.pk, case=case, rule=rule, words=words)
    holds.end(waiting)


@transaction.atomic
def dismiss(*, case_id: int, moderator: Person, words: str = "") -> Action:
    """Close a case without an act against its person, and publish what waits in it; its reporters are notified.

    Raises ValidationError, PermissionDenied.
    """
    case = locked_case(case_id)
    check_may_judge(moderator, case.person)
    holds.publish_all(case, moderator)
    action = Action.objects.create(
        moderator=moderator, verb=Verb.DISMISS, person_id=case.person_id, case=case, words=words
    )
    close(case, Report.State.DISMISSED)
    return action


@transaction.atomic
def erase(*, moderator: Person, person: Person, rule: Rule | None, words: str) -> Action:
    """Delete a suspended account for good, with its posts and pictures, and close the case about it, if one is open.

    Workers remove what the person wrote, as when somebody deletes their own account; what was reported is kept as
    evidence until its time is over. The person is mailed. Raises PermissionDenied, ValidationError.
    """
    case = lock_open_case(person.pk)
    action = act(moderator=moderator, verb=Verb.ERASE, person=person, case=case, rule=rule, words=words)
    if case:
        holds.end(holds.waiting_in(case))
        close(case, Report.State.UPHELD)
    return action


def lift_ended_suspensions() -> int:
    """Lift suspensions whose end is past, each on its own: one that fails is logged. Returns how many were lifted."""
    lifted = 0
    for person_id in _ended_suspensions().order_by("suspended_until").values_list("pk", flat=True)[:100]:
        try:
            lifted += _lift_ended(person_id)
        except OperationalError:  # The database is away: the next round tries them all.
            raise
        except Exception:
            logger.exception("The suspension of person %d has ended and could not be lifted.", person_id)
    return lifted


def _ended_suspensions() -> QuerySet[Person]:
    return Person.objects.filter(suspended_at__isnull=False, deleted_at=None, suspended_until__lte=Now())


@transaction.atomic
def _lift_ended(person_id: int) -> bool:
    """Lift one of them, unless a moderator has suspended the person anew since it was read."""
    lock_open_case(person_id)
    person = _ended_suspensions().select_for_update(no_key=True).filter(pk=person_id).first()
    if person is None:
        return False
    lift(verb=Verb.SUSPEND, person=person, moderator=None)
    return True
