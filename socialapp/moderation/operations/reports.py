"""Report a person, with the posts concerned as they are at this moment."""

import hashlib
from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from socialapp.api.idempotency import KeyReused, digest_of
from socialapp.limits import operations as limits
from socialapp.media import operations as media
from socialapp.moderation.cleaning import clean
from socialapp.moderation.models import Case, Evidence, EvidencePicture, Report, Rule
from socialapp.moderation.operations.cases import open_case
from socialapp.posts.galleries import pictures_of
from socialapp.posts.models import Post
from socialapp.posts.operations import version_of
from socialapp.users.models import Person

MOST_POSTS = 20


@transaction.atomic
def report(
    *,
    reporter: Person,
    person: Person,
    category: str,
    rule: Rule | None = None,
    words: str = "",
    post_ids: Collection[int] = (),
    key: str = "",
) -> tuple[Report, bool]:
    """Report a person, and posts of theirs that the reporter may report. Returns the report, and whether it is new.

    A block between the two is no reason to refuse it: whoever blocks somebody, or is blocked, can still report them.

    The same report sent twice is one while it is open; with the `key` of an earlier one, it is that one for good. The
    posts, or else the profile, are kept as they are now. Raises ValidationError, also beyond the limit of reports, and
    KeyReused.
    """
    if reporter.pk == person.pk:
        raise ValidationError(_("You cannot report yourself."))
    digest = digest_of(category, rule.pk if rule else 0, words, sorted(set(post_ids)))
    # What it is about may be gone since.
    if earlier := _earlier(reporter, key, person, digest):
        return earlier, False
    posts = _posts(person, post_ids, reporter)
    made = Report(reporter=reporter, category=category, rule=rule, words=words, digest=digest, client_key=key)
    clean(made, "category", "words")
    case = open_case(person.pk)
    if earlier := _earlier(reporter, key, person, digest):
        return earlier, False
    if known := Report.objects.filter(case=case, reporter=reporter, digest=digest, state=Report.State.OPEN).first():
        return known, False
    limits.check("reports", reporter.pk)
    made.case = case
    _store(made)
    limits.count("reports", reporter.pk)
    made.evidence.set([take(case, post) for post in posts] or [_take_profile(case, person)])
    made.refresh_from_db(fields=["created_at"])
    return made, True


def _earlier(reporter: Person, key: str, person: Person, digest: str) -> Report | None:
    """The report that was sent with this key before. Raises KeyReused."""
    earlier = Report.objects.filter(reporter=reporter, client_key=key).exclude(client_key="").first()
    if earlier and (earlier.digest, earlier.case.person_id) != (digest, person.pk):
        raise KeyReused(digest)
    return earlier


def _store(made: Report) -> None:
    """Raises KeyReused when the key is used at this moment to report somebody else: that is in another case."""
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise KeyReused(made.digest) from error


def _posts(person: Person, post_ids: Collection[int], reporter: Person) -> Sequence[Post]:
    """These posts of the person. Raises ValidationError when one is not theirs, or the reporter may not report it."""
    wanted = set(post_ids)
    if len(wanted) > MOST_POSTS:
        raise ValidationError({"posts": [_("A report has up to %(count)d posts.") % {"count": MOST_POSTS}]})
    found = list(Post.objects.reportable_by(reporter.pk).filter(pk__in=wanted, author=person).order_by("pk"))
    if len(found) < len(wanted):
        raise ValidationError({"posts": [_("A post is gone, or is by somebody else.")]})
    return found


def take(case: Case, post: Post) -> Evidence:
    """Keep a post as it is now, unless this version of it is kept already."""
    evidence, is_new = Evidence.objects.get_or_create(
        case=case,
        post_id=post.pk,
        version=version_of(post),
        defaults={"warning": post.warning, "text": post.body, "written_at": post.created_at},
    )
    if is_new:
        pictures = pictures_of(post.pk)
        EvidencePicture.objects.bulk_create(
            EvidencePicture(
                evidence=evidence, picture=each.picture, description=each.description, position=each.position
            )
            for each in pictures
        )
        media.hold([each.picture_id for each in pictures])
    return evidence


def _take_profile(case: Case, person: Person) -> Evidence:
    """Keep a person's name and text about themselves as they are now."""
    text = f"{person.plain_name} (@{person.username})\n\n{person.bio}".strip()
    version = hashlib.sha256(text.encode()).hexdigest()
    return Evidence.objects.get_or_create(case=case, post_id=0, version=version, defaults={"text": text})[0]
