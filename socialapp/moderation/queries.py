"""What moderators look at: the queue, a case with its evidence, the history of a person, the log; and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import TruncMonth

from socialapp.api.pagination import Page, paginate
from socialapp.moderation.models import (
    Action,
    Appeal,
    Case,
    Evidence,
    EvidencePicture,
    Hold,
    Note,
    Notice,
    Report,
    Rule,
    Verb,
)
from socialapp.posts.models import Mention, Post, waiting
from socialapp.signup.queries import invited_by, inviter_of
from socialapp.users.models import Person

MONTHS = 12
MOST_INVITED = 20
MOST_HELD = 50
# Acts that are about a person or their posts, and so count as their history.
AGAINST = (Verb.WARN, Verb.HIDE, Verb.BLUR, Verb.SILENCE, Verb.SUSPEND, Verb.REMOVE, Verb.ERASE)
OPEN, MINE, APPEALS, HELD, CLOSED = "open", "mine", "appeals", "held", "closed"


def rules() -> QuerySet[Rule]:
    """The rules that hold now, in order."""
    return Rule.objects.filter(retired_at=None)


def reportable(person: Person, reporter: Person, *, is_shut_out: bool) -> QuerySet[Post]:
    """Posts of a person that the page of a report offers; order by `-pk` for the newest first.

    Whoever `is_shut_out`, blocked by that person, is offered only those that mention them: these they were sent.
    """
    found = Post.objects.reportable_by(reporter.pk).filter(author=person)
    naming = Mention.objects.filter(person=reporter, post=OuterRef("pk"))
    return found.filter(Exists(naming)) if is_shut_out else found


def queue(moderator: Person, which: str, token: str | None) -> Page[Case]:
    """A page of cases that this moderator may decide. Open ones: the oldest first; closed ones: the latest first."""
    cases = Case.objects.select_related("person", "claimed_by").exclude(person=moderator)
    waiting = Appeal.objects.filter(case=OuterRef("pk"), state=Appeal.State.WAITING)
    if which == CLOSED:
        return _counted(paginate(cases.filter(closed_at__isnull=False), ["-id"], token))
    cases = cases.filter(closed_at=None)
    if which == MINE:
        cases = cases.filter(claimed_by=moderator)
    if which == APPEALS:
        cases = cases.filter(Exists(waiting))
    if which == HELD:
        cases = cases.filter(Exists(Hold.objects.filter(case=OuterRef("pk"), ended_at=None)))
    return _counted(paginate(cases, ["id"], token))


def _counted(page: Page[Case]) -> Page[Case]:
    """Set what the queue says of each. Four queries.

    `reports_count`, `reporters_count`, `categories`, `appeals_count`, `holds_count` and `excerpt`.
    """
    ids = [case.pk for case in page.items]
    reports: dict[int, list[Report]] = {}
    for report in Report.objects.filter(case__in=ids).order_by("pk"):
        reports.setdefault(report.case_id, []).append(report)
    appeals = Appeal.objects.filter(case__in=ids, state=Appeal.State.WAITING).values_list("case").annotate(Count("pk"))
    appealed: dict[int, int] = dict(appeals)
    held = Hold.objects.filter(case__in=ids, ended_at=None).values_list("case").annotate(Count("pk"))
    waiting: dict[int, int] = dict(held)
    texts = dict(Evidence.objects.filter(case__in=ids).order_by("pk").values_list("case", "text"))
    for case in page.items:
        of_case = reports.get(case.pk, [])
        case.reports_count = len(of_case)  # type: ignore[attr-defined]
        case.reporters_count = len({each.reporter_id for each in of_case})  # type: ignore[attr-defined]
        labels = dict.fromkeys(each.get_category_display() for each in of_case)
        case.categories = list(labels)  # type: ignore[attr-defined]
        case.appeals_count = appealed.get(case.pk, 0)  # type: ignore[attr-defined]
        case.holds_count = waiting.get(case.pk, 0)  # type: ignore[attr-defined]
        case.excerpt = texts.get(case.pk, "")  # type: ignore[attr-defined]
    return page


def next_case(moderator: Person, after: int) -> Case | None:
    """The next open case after this one that no other moderator works on; otherwise the first such case."""
    free = Case.objects.filter(closed_at=None).exclude(person=moderator).exclude(pk=after)
    free = free.filter(Q(claimed_by=None) | Q(claimed_by=moderator)).order_by("pk")
    return free.filter(pk__gt=after).first() or free.first()


@dataclass(frozen=True)
class Piece:
    """One piece of evidence, and how its post stands now."""

    evidence: Evidence
    post: Post | None
    hidden_by: Action | None
    reporters: int
    hold: Hold | None

    @property
    def state(self) -> str:
        """One of profile, gone, waits, hidden, deleted, changed and unchanged."""
        if not self.evidence.post_id:
            return "profile"
        if self.post is None:
            return "gone"
        if self.post.waits:
            return "waits"
        if self.post.deleted_at:
            return "deleted"
        if self.post.hidden_at:
            return "hidden"
        return "unchanged" if self.post.body == self.evidence.text else "changed"

    @property
    def is_there(self) -> bool:
        """Whether there is a post of which an act would change something."""
        return self.state in {"unchanged", "changed", "waits"}


def evidence_of(case: Case) -> list[Piece]:
    """The evidence of a case, the newest post first, with how its posts stand now. Five queries."""
    pictures = EvidencePicture.objects.select_related("picture").order_by("position")
    rows = list(
        case.evidence.prefetch_related(Prefetch("pictures", pictures))
        .annotate(reporters=Count("reports__reporter", distinct=True))
        .order_by("-post_id", "-pk")
    )
    ids = [row.post_id for row in rows if row.post_id]
    posts = Post.objects.in_bulk(ids)
    hidden = Action.objects.filter(post_id__in=ids, verb=Verb.HIDE, undone_by=None).order_by("pk")
    by_post = {action.post_id: action for action in hidden}
    held = {each.post_id: each for each in Hold.objects.filter(case=case)}
    return [
        Piece(row, posts.get(row.post_id), by_post.get(row.post_id), row.reporters, held.get(row.post_id))
        for row in rows
    ]


def held_posts(person: Person) -> list[tuple[Post, Hold]]:
    """Somebody's posts that wait for a look, the newest first, each with why. Two queries."""
    posts = Post.objects.filter(waiting(person.pk)).order_by("-pk")[:MOST_HELD]
    found = {each.post_id: each for each in Hold.objects.filter(post_id__in=[post.pk for post in posts])}
    return [(post, found[post.pk]) for post in posts if post.pk in found]


def is_blurred(post_id: int) -> bool:
    """Whether a moderator marked the post as sensitive, and that stands (settings.POST_BLURS)."""
    return Action.objects.filter(post_id=post_id, verb=Verb.BLUR, undone_by=None).exists()


@dataclass(frozen=True)
class History:
    """What is known of a person to moderators."""

    actions: Sequence[Action]
    notes: Sequence[Note]
    cases: Sequence[Case]
    reports_by: int
    reports_by_upheld: int
    posts: int
    inviter: Person | None
    invited: Sequence[Person]
    invited_count: int

    @property
    def strikes(self) -> int:
        """Acts against them that were not undone."""
        return sum(1 for each in self.actions if each.verb in AGAINST and not hasattr(each, "undone_by"))


def history_of(person: Person, case: Case | None = None) -> History:
    """The newest 50 acts and notes, other cases, and how good this person's own reports were.

    Also who invited them, and the latest 20 people they invited. Nine queries.
    """
    actions = Action.objects.select_related("moderator", "undone_by").filter(person=person).exclude(verb=Verb.NOTE)
    cases = Case.objects.filter(person=person).order_by("-pk")
    cases = cases.annotate(reports_count=Count("reports"))
    made = Report.objects.filter(reporter=person)
    return History(
        actions=list(actions.order_by("-pk")[:50]),
        notes=list(Note.objects.select_related("author").filter(person=person).order_by("-pk")[:50]),
        cases=list(cases.exclude(pk=case.pk if case else 0)[:20]),
        reports_by=made.count(),
        reports_by_upheld=made.filter(state=Report.State.UPHELD).count(),
        posts=Post.objects.filter(author=person).count(),
        inviter=inviter_of(person.pk),
        invited=list(invited_by(person.pk).order_by("-pk")[:MOST_INVITED]),
        invited_count=invited_by(person.pk).count(),
    )


def log(*, moderator: str = "", person: str = "", verb: str = "") -> QuerySet[Action]:
    """The log, filtered by usernames and verb; order by `-id` for the newest first."""
    found = Action.objects.select_related("moderator", "person", "undoes")
    if moderator:
        found = found.filter(moderator__username=moderator.lower().removeprefix("@"))
    if person:
        found = found.filter(person__username=person.lower().removeprefix("@"))
    return found.filter(verb=verb) if verb else found


def notices_of(person: Person) -> QuerySet[Notice]:
    """A person's notices, with all that a page of them shows; order by `-id` for the newest first."""
    return Notice.objects.select_related(
        "action__appeal", "action__undone_by", "action__rule", "report__case__person"
    ).filter(person=person)


def numbers() -> list[tuple[date, dict[str, int]]]:
    """How many reports, appeals, granted appeals, and acts by verb each recent month had, the newest month first."""
    months: dict[date, dict[str, int]] = {}
    by_verb = Action.objects.annotate(month=TruncMonth("at")).values_list("month", "verb").annotate(n=Count("pk"))
    made = Report.objects.annotate(month=TruncMonth("created_at")).values_list("month").annotate(n=Count("pk"))
    appeals = (
        Appeal.objects.annotate(month=TruncMonth("created_at"))
        .values_list("month")
        .annotate(n=Count("pk"), granted=Count("pk", filter=Q(state=Appeal.State.GRANTED)))
    )
    for month, verb, n in by_verb:
        months.setdefault(month.date(), {})[verb] = n
    for month, n in made:
        months.setdefault(month.date(), {})["reports"] = n
    for month, n, granted in appeals:
        months.setdefault(month.date(), {}).update(appeals=n, granted=granted)
    return sorted(months.items(), reverse=True)[:MONTHS]
