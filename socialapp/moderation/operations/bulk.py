"""Decide many cases in the same way: for spam, which comes in numbers."""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q

from socialapp.moderation.models import Case, Rule, Verb
from socialapp.moderation.operations.acts import OF_POSTS, decide, dismiss
from socialapp.moderation.operations.cases import check_may_judge, locked_case
from socialapp.moderation.operations.holds import waiting_in
from socialapp.posts.models import Post
from socialapp.users.models import Person

Refused = tuple[str, ValidationError | PermissionDenied]


def decide_all(
    *, moderator: Person, case_ids: Sequence[int], verb: Verb, rule: Rule | None, words: str
) -> tuple[int, list[Refused]]:
    """Decide each of these cases by `verb`, for all posts that were reported if it is about posts.

    Each is decided on its own, so that one that fails does not undo the others. Returns how many were decided, and
    the people whose cases were not, with the reason.
    """
    done, refused = 0, []
    for case in Case.objects.select_related("person").filter(pk__in=case_ids).order_by("pk"):
        try:
            _decide(case, moderator, verb, rule, words)
            done += 1
        except (ValidationError, PermissionDenied) as error:
            refused.append((case.person.username, error))
    return done, refused


@transaction.atomic
def _decide(case: Case, moderator: Person, verb: Verb, rule: Rule | None, words: str) -> None:
    if verb == Verb.DISMISS:
        dismiss(case_id=case.pk, moderator=moderator, words=words)
        return
    locked = locked_case(case.pk)
    check_may_judge(moderator, locked.person)
    decide(
        case=locked,
        moderator=moderator,
        verb=verb,
        post_ids=_reported(locked) if verb in OF_POSTS else [],
        rule=rule,
        words=words,
        ends_at=None,
        stays_open=False,
    )


def _reported(case: Case) -> list[int]:
    """The posts of a case that are still there and to be seen, or wait for a look."""
    ids = case.evidence.exclude(post_id=0).values("post_id")
    judged = Post.objects.filter(Q(hidden_at=None) | Q(pk__in=waiting_in(case)), pk__in=ids)
    return list(judged.order_by("pk").values_list("pk", flat=True))
