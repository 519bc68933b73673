"""Open, claim and close the case of a person."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from socialapp.moderation.models import Action, Appeal, Case, Hold, Report, Rule
from socialapp.moderation.operations import notices
from socialapp.posts.models import Post
from socialapp.users.models import Person


def open_case(person_id: int) -> Case:
    """The open case of a person, locked until the transaction ends; a new one if there is none."""
    while True:
        Case.objects.get_or_create(person_id=person_id, closed_at=None)
        # Without it, somebody closed the one that was there in this moment.
        if locked := lock_open_case(person_id):
            return locked


def lock_open_case(person_id: int) -> Case | None:
    """The open case of a person, locked until the transaction ends; None if there is none.

    Whatever changes people and their posts in moderation takes it first, so that none of it deadlocks.
    """
    return Case.objects.select_for_update(no_key=True).filter(person_id=person_id, closed_at=None).first()


def locked_case(case_id: int) -> Case:
    """An open case, locked until the transaction ends. Raises Case.DoesNotExist, ValidationError if it is closed."""
    case = Case.objects.select_for_update(no_key=True).get(pk=case_id)
    if not case.is_open:
        raise ValidationError(_("Another moderator closed this case meanwhile."))
    return case


@transaction.atomic
def claim(*, case_id: int, moderator: Person) -> None:
    """Note that this moderator works on the case. Raises Case.DoesNotExist, ValidationError, PermissionDenied."""
    case = locked_case(case_id)
    check_may_judge(moderator, case.person)
    Case.objects.filter(pk=case.pk).update(claimed_by=moderator, claimed_at=Now())


@transaction.atomic
def release(*, case_id: int) -> None:
    """Note that no one works on the case any more. Raises Case.DoesNotExist, ValidationError."""
    case = locked_case(case_id)
    Case.objects.filter(pk=case.pk).update(claimed_by=None, claimed_at=None)


def close(case: Case, state: Report.State) -> None:
    """Close a locked case: its open reports end in `state`, and who made them is notified. Raises ValidationError."""
    if Appeal.objects.filter(case=case, state=Appeal.State.WAITING).exists():
        raise ValidationError(_("An appeal waits in this case. Decide it first."))
    end_reports(case, state)
    Case.objects.filter(pk=case.pk).update(closed_at=Now())


def end_reports(case: Case, state: Report.State) -> None:
    """Decide the open reports of a case, and notify who made them."""
    open_reports = list(Report.objects.filter(case=case, state=Report.State.OPEN).order_by("pk"))
    Report.objects.filter(pk__in=[each.pk for each in open_reports]).update(state=state, decided_at=Now())
    notices.of_reports(open_reports)


def grant_appeal(action: Action | None, moderator: Person | None) -> bool:
    """Note that an act was undone whose appeal still waits. Returns whether there was one. Its case is locked."""
    waiting = Appeal.objects.filter(action=action, state=Appeal.State.WAITING)
    return bool(waiting.update(state=Appeal.State.GRANTED, decided_at=Now(), decided_by=moderator))


def close_if_settled(case: Case) -> None:
    """Close a locked case in which nothing is open any more. Posts that their authors deleted do not wait."""
    has_reports = Report.objects.filter(case=case, state=Report.State.OPEN).exists()
    has_appeals = Appeal.objects.filter(case=case, state=Appeal.State.WAITING).exists()
    held = Hold.objects.filter(case=case, ended_at=None)
    waits = Post.objects.filter(pk__in=held.values("post_id"), deleted_at=None).exists()
    if not (has_reports or has_appeals or waits):
        held.update(ended_at=Now())
        Case.objects.filter(pk=case.pk).update(closed_at=Now())


def check_may_judge(moderator: Person, person: Person) -> None:
    """Raise PermissionDenied for a moderator who would judge themselves, or staff without being a superuser."""
    if moderator.pk == person.pk:
        raise PermissionDenied(_("Another moderator must decide what is about you."))
    if (person.is_staff or person.is_superuser) and not moderator.is_superuser:
        raise PermissionDenied(_("Only a superuser may act against staff."))


def rule_named(rule_id: int | None) -> Rule | None:
    """The rule with this id; None without one. Raises ValidationError for one that is not there, or retired."""
    if rule_id is None:
        return None
    rule = Rule.objects.filter(pk=rule_id, retired_at=None).first()
    if rule is None:
        raise ValidationError({"rule": [_("There is no such rule.")]})
    return rule
