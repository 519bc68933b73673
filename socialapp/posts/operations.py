"""What authors and moderators do with posts: publish, edit, delete, restore, hide and remove them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from psycopg2.errors import ForeignKeyViolation

from socialapp.api.idempotency import KEY_LENGTH, check_repetition, digest_of
from socialapp.counters import operations as counters
from socialapp.follows.reach import check_mentions, first_closed_to, reachable_names
from socialapp.limits import operations as limits
from socialapp.messaging import outbox
from socialapp.messaging.messages import PostPublished
from socialapp.posts import galleries, sql
from socialapp.posts.conversations import beginner_of
from socialapp.posts.framing import PLAIN, Framing, stays_sensitive
from socialapp.posts.galleries import Attachment
from socialapp.posts.models import Mention, Post, PostVersion, own_hidden, standing
from socialapp.posts.queries import visible_post
from socialapp.posts.screening import Draft, Hold, is_known, keep_back, screened, screened_edit
from socialapp.posts.sql import POSTS_OF_PERSON
from socialapp.users.models import Person
from socialapp.users.text_entities import names_in, tags_in
from socialapp.visibility import Visibility

PURGE_BATCH = 200


@contextmanager
def or_gone() -> Iterator[None]:
    """Store a row that refers to a post. Raises Post.DoesNotExist when the post is being removed for good."""
    try:
        yield
    except IntegrityError as error:
        if isinstance(error.__cause__, ForeignKeyViolation):
            raise Post.DoesNotExist("There is no such post, or it may not be seen.") from error
        raise


def publish_post(
    *,
    author: Person,
    body: str,
    key: str = "",
    digest: str = "",
    pictures: Sequence[Attachment] = (),
    framing: Framing = PLAIN,
) -> tuple[Post, bool]:
    """Publish a post. Returns it, and whether it is new: with the `key` of an earlier one, it is that one.

    The author uploaded the pictures and has not used them yet. `digest` is of all that came with the key, by default of
    the text alone. A post that a screening holds `waits`: until `publish_held` only its author sees it, and it notifies
    no one. Raises ValidationError, LimitExceeded, KeyReused, KeyOutlived; Person.DoesNotExist for an account that may
    no longer act.
    """
    body, framing = clean_body(body, bare=not pictures), framing.cleaned()
    post = unsaved(author, body, framing, key=key, digest=digest or digest_of(body))
    galleries.check(pictures)
    tags, names = tags_in(body), names_in(body)
    check_limits("posts", author, len(names), post.client_key)
    hold = screened(Draft(author, body, names), post.client_key)
    with storing(author, hold, has_more=bool(pictures or tags or names)), connection.cursor() as cursor:
        cursor.execute(sql.PUBLISH, values_of(post) | {"held": hold is not None} | outbox.request())
        if not (row := cursor.fetchone()):
            return _earlier(post, pictures), False
        post.pk, post.created_at = row
        galleries.attach(post, pictures)
        check_mentions(author.pk, names)
        count_limits("posts", author, len(names))
        if hold:
            keep_back(post, hold)
        else:
            outbox.wake_workers_after_commit()
            if tags or names:
                _name(post, tags, names)
    return post, True


@contextmanager
def storing(author: Person, hold: Hold | None, *, has_more: bool) -> Iterator[None]:
    """Store a new post: by one statement, unless it is held or `has_more` that belongs to it."""
    with transaction.atomic() if has_more or hold else nullcontext():
        if hold:
            hold.begin(author)
        yield


def unsaved(author: Person, body: str, framing: Framing, *, key: str, digest: str, **more: Any) -> Post:
    """A post that is not stored yet, as its author's posts are where `framing` leaves the visibility open."""
    chosen = asdict(framing) | {"visibility": framing.visibility or Visibility(author.post_visibility)}
    return Post(author=author, body=body, client_key=key[:KEY_LENGTH], client_digest=digest, **chosen, **more)


def values_of(post: Post) -> dict[str, Any]:
    """What a statement stores of a new post."""
    values = {"author": post.author_id, "body": post.body, "key": post.client_key, "digest": post.client_digest}
    return values | asdict(framing_of(post))


def _earlier(post: Post, pictures: Sequence[Attachment]) -> Post:
    """The post that was sent with this key before. Raises KeyReused, KeyOutlived, Person.DoesNotExist."""
    known = Post.objects.select_related("author").filter(author=post.author, client_key=post.client_key)
    earlier = known.exclude(client_key="").first()
    if earlier is None:
        raise Person.DoesNotExist("This account may not act any more.")
    check_repetition(known=earlier.client_digest, digest=post.client_digest, is_gone=earlier.is_gone)
    galleries.discard(post.author, pictures)
    return earlier


class EditedMeanwhile(ValidationError):
    """The post was edited after the version that this edit began with."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This post was changed meanwhile, perhaps in another tab. What it says now is below; "
                "save again to replace it."
            )
        )


def version_of(post: Post) -> str:
    """A value that changes with each edit of the post."""
    return post.edited_at.isoformat() if post.edited_at else "first"


@transaction.atomic
def edit_post(
    *,
    post_id: int,
    by: Person,
    body: str | None = None,
    pictures: Sequence[Attachment] | None = None,
    framing: Framing | None = None,
    version: str | None = None,
) -> Post:
    """Edit a post; its earlier text and warning are kept. What a screening holds `waits`, as a new post does.

    Raises Post.DoesNotExist, PermissionDenied, ValidationError, LimitExceeded; with the `version` that was read (see
    `version_of`), EditedMeanwhile when it is another one by now. Of its pictures, those in `pictures` stay, with these
    descriptions; the others are removed. None leaves them alone. Of `framing`, all but `visibility` is set; None leaves
    it alone. What a moderator marked as sensitive stays so.
    """
    hold = None
    if body is not None:
        text = clean_body(body, bare=False)
        hold = screened_edit(Draft(by, text, names_in(text), post_id))
    post = _locked_post(post_id)
    _check_author(post, by)
    if version is not None and version != version_of(post):
        raise EditedMeanwhile
    pictures_changed, pictures_left = galleries.update(post, pictures)
    before = _written(post)
    framing = _as_blurred(post, framing or framing_of(post)).cleaned()
    after = {"body": clean_body(post.body if body is None else body, bare=not pictures_left), **asdict(framing)}
    del after["visibility"]
    if (after["body"], after["warning"]) != (before["body"], before["warning"]):
        limits.check("edits", by.pk)
        kept = {"body": before["body"], "warning": before["warning"]}
        PostVersion.objects.create(post=post, created_at=post.edited_at or post.created_at, **kept)
        limits.count("edits", by.pk)
    if after != before or pictures_changed:
        Post.objects.filter(pk=post.pk).update(edited_at=Now(), **after)
        post.refresh_from_db(fields=["edited_at", *after])
    if after["body"] != before["body"]:
        _name_anew(post, before["body"], hold)
    return post


def held_as_edited(*, post_id: int, by: Person, body: str) -> Post:
    """The post that waits with this text: the edit that held it, sent again. Raises Post.DoesNotExist."""
    post = Post.objects.select_related("author").get(own_hidden(by.pk), pk=post_id)
    if not post.waits or post.body != clean_body(body, bare=False):
        raise Post.DoesNotExist("There is no such post, or it may not be seen.")
    return post


def _name_anew(post: Post, before: str, hold: Hold | None) -> None:
    """Have tags and mentions of a post be those of its new text; of what a screening holds, once it is published."""
    names = names_in(post.body)
    added = set(names) - set(names_in(before))
    limits.check("mentions", post.author_id, len(added))
    known = Mention.objects.filter(post=post).values_list("person_id", flat=True)
    check_mentions(post.author_id, names, known=list(known))
    limits.count("mentions", post.author_id, len(added))
    if hold is None:
        _name(post, tags_in(post.body), names)
        return
    Post.objects.filter(pk=post.pk).update(hidden_at=Now())
    _announce([post], stands=False)
    keep_back(post, hold)


def framing_of(post: Post) -> Framing:
    """What was chosen for a post beside its text and pictures."""
    return Framing(**{name: getattr(post, name) for name in Framing.__dataclass_fields__})


def _as_blurred(post: Post, framing: Framing) -> Framing:
    return replace(framing, sensitive=framing.sensitive or stays_sensitive(post))


def _written(post: Post) -> dict[str, Any]:
    """The fields that an edit may change."""
    return {"body": post.body, "warning": post.warning, "sensitive": post.sensitive, "language": post.language}


@transaction.atomic
def remove_version(*, post_id: int, version_id: int, by: Person) -> None:
    """Remove an earlier text for good. Raises Post.DoesNotExist, PermissionDenied, PostVersion.DoesNotExist."""
    post = visible_post(post_id, by.pk)
    _check_author(post, by)
    if not PostVersion.objects.filter(post=post, pk=version_id).delete()[0]:
        raise PostVersion.DoesNotExist(f"This post has no version {version_id}.")


@transaction.atomic
def delete_post(*, post_id: int, by: Person) -> None:
    """Delete a post for everybody at once, with its notifications; replies to it stay.

    Also one that moderators hid, or that waits: that is not restored. Raises Post.DoesNotExist, PermissionDenied.
    """
    post = _locked_post(post_id, hidden_of=by)
    _check_author(post, by)
    Post.objects.filter(pk=post_id).update(deleted_at=Now())
    if post.hidden_at is None:
        _announce([post], stands=False)
    galleries.withhold_pictures(post)


@transaction.atomic
def restore_post(*, post_id: int, by: Person) -> Post:
    """Undo delete_post, until the post is purged. Raises Post.DoesNotExist, PermissionDenied."""
    post = Post.objects.select_for_update(no_key=True).get(pk=post_id, hidden_at=None)
    _check_author(post, by)
    if post.deleted_at is not None:
        Post.objects.filter(pk=post_id).update(deleted_at=None)
        _announce([post], stands=True)
        galleries.withhold_pictures(post)
    return visible_post(post_id, by.pk)


@transaction.atomic
def hide_post(*, post_id: int, reason: str) -> None:
    """Hide a post, so that it is neither seen nor counted, until `unhide_post`. Admins and the author see the reason.

    Raises Post.DoesNotExist.
    """
    if not reason:
        raise ValueError("A post that is hidden without a reason waits for a look. Give a reason.")
    post = Post.objects.select_for_update(no_key=True).get(pk=post_id)
    Post.objects.filter(pk=post_id).update(hidden_at=Now(), hidden_reason=reason)
    if post.hidden_at is None and post.deleted_at is None:
        _announce([post], stands=False)
    galleries.withhold_pictures(post)


@transaction.atomic
def unhide_post(*, post_id: int) -> None:
    """Show a hidden post again, as if it had not been hidden. Raises Post.DoesNotExist."""
    post = Post.objects.select_for_update(no_key=True).get(pk=post_id)
    Post.objects.filter(pk=post_id).update(hidden_at=None, hidden_reason="")
    if post.hidden_at is not None and post.deleted_at is None:
        _announce([post], stands=True)
    galleries.withhold_pictures(post)


@transaction.atomic
def publish_held(*, post_id: int) -> None:
    """Publish a post that was held since it was written: count, announce and notify of it as of a new one.

    It keeps its place in feeds from when it was written, but dates from its publication, so that it is unread for
    everyone. One that was held since an edit keeps its date, and notifies only people it did not mention before. It
    mentions only people it still may. The caller makes sure that this happens once. Raises Post.DoesNotExist,
    ValidationError if its author deleted it meanwhile, or may no longer reply to those it answers.
    """
    post = Post.objects.select_for_update(no_key=True).get(pk=post_id, hidden_at__isnull=False)
    if post.deleted_at is not None:
        raise ValidationError(_("Its author deleted this post."))
    is_new = post.edited_at is None  # What waits cannot be edited, so one that was edited had been published.
    if is_new:
        _check_answered(post)
        Post.objects.filter(pk=post_id).update(created_at=Now())
    unhide_post(post_id=post_id)
    known = set() if is_new else set(Mention.objects.filter(post=post).values_list("person__username", flat=True))
    named = names_in(post.body)
    names = [*reachable_names(post.author_id, [name for name in named if name not in known]), *known & set(named)]
    if (tags := tags_in(post.body)) or names or not is_new:
        _name(post, tags, names)
    if is_new and post.thread is None and post.visibility != Visibility.DIRECT:
        outbox.publish(PostPublished(author_id=post.author_id, post_id=post_id, at=timezone.now()))


def _check_answered(post: Post) -> None:
    """Raise ValidationError if the author of what it answers, or of its thread, no longer lets its author reply."""
    if post.thread is None:
        return
    if person := first_closed_to(post.author_id, [post.reply_to_author, beginner_of(post)]):
        sentence = _("%(name)s does not let the author reply to them any more. You can hide this reply.")
        raise ValidationError(sentence % {"name": person.display_name})


def mark_sensitive(*, post_id: int, sensitive: bool) -> None:
    """Have the pictures of a post blurred until somebody wants to see them, or no longer."""
    Post.objects.filter(pk=post_id).update(sensitive=sensitive)


@transaction.atomic
def remove_post(*, post_id: int, reason: str) -> None:
    """Hide a post and remove it for good, with all that belongs to it. Raises Post.DoesNotExist."""
    hide_post(post_id=post_id, reason=reason)
    _purge(Post.objects.filter(pk=post_id))


def purge_posts() -> int:
    """Remove a batch of posts deleted long ago for good, except those that are being changed. Returns how many."""
    expired = Post.objects.filter(deleted_at__lt=Now() - settings.KEEP_DELETED_POSTS).order_by("deleted_at")
    return _purge(expired, skip_locked=True)


def purge_versions() -> int:
    """Remove a batch of earlier texts that were replaced longer ago than settings.KEEP_VERSIONS. Returns how many."""
    if settings.KEEP_VERSIONS is None:
        return 0
    next_ones = PostVersion.objects.filter(post=OuterRef("post"), pk__gt=OuterRef("pk")).order_by("pk")
    replaced_at = Coalesce(Subquery(next_ones.values("created_at")[:1]), F("post__edited_at"))
    old = PostVersion.objects.annotate(replaced_at=replaced_at).filter(replaced_at__lt=Now() - settings.KEEP_VERSIONS)
    return PostVersion.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:PURGE_BATCH])).delete()[0]


def purge_posts_of(person_id: int) -> int:
    """Remove a batch of someone's posts, and of mentions of them by others, for good. Returns how many."""
    named = Mention.objects.filter(person_id=person_id)
    named.filter(pk__in=(ids := list(named.values_list("pk", flat=True)[:PURGE_BATCH]))).delete()
    return len(ids) + _purge(Post.objects.filter(author_id=person_id).order_by("pk"))


@transaction.atomic
def _purge(posts: QuerySet[Post], *, skip_locked: bool = False) -> int:
    """Remove a batch of these with all that belongs to them: reactions, notifications, counters. Replies to them stay.

    With `skip_locked`, posts that are being changed, or whose replies are, are left for later. Returns how many were
    removed, without it also those that another call removed meanwhile: then there may be more.
    """
    wanted = list(posts.values_list("pk", flat=True)[:PURGE_BATCH])
    # The replies lose what they answer. All in the order of ids, so that purges of two people who answer each other
    # wait for one another, and do not deadlock.
    touched = Post.objects.filter(Q(pk__in=wanted) | Q(reply_to__in=wanted)).order_by("pk")
    locked = touched.select_for_update(skip_locked=skip_locked).values_list("pk", flat=True)
    held = set(locked)
    # Read again, since they may have changed before they were locked.
    due = posts.filter(pk__in=held.intersection(wanted))
    if skip_locked:
        busy = Post.objects.filter(reply_to__in=wanted).exclude(pk__in=held)
        due = due.exclude(pk__in=busy.values("reply_to"))
    batch = list(due)
    ids = [post.pk for post in batch]
    _announce([post for post in batch if post.deleted_at is None and post.hidden_at is None], stands=False)
    galleries.detach(ids)
    Post.objects.filter(pk__in=ids).delete()
    counters.forget("post.", ids)
    return len(ids) if skip_locked else len(wanted)


def _announce(posts: Sequence[Post], *, stands: bool) -> None:
    """Count posts that disappeared or came back, whose rows are locked, and call settings.REPLY_HANDLERS for replies.

    The handlers run in the same transaction, so that no count or message is lost.
    """
    if beginnings := [post for post in posts if post.thread is None and post.visibility != Visibility.DIRECT]:
        counters.change(POSTS_OF_PERSON, [(post.author_id, 1 if stands else -1) for post in beginnings])
    if replies := [post.pk for post in posts if post.thread is not None]:
        for path in settings.REPLY_HANDLERS:
            import_string(path)(replies, stands=stands)


def _name(post: Post, tags: list[str], names: list[str]) -> None:
    """Make the tags and mentions of a post these, and notify who is newly mentioned."""
    with connection.cursor() as cursor:
        named: dict[str, Any] = {"post": post.pk, "author": post.author_id, "tags": tags, "names": names}
        cursor.execute(sql.NAME, named | outbox.request())
        if cursor.fetchone()[0]:
            outbox.wake_workers_after_commit()


def _locked_post(post_id: int, hidden_of: Person | None = None) -> Post:
    """The post, if it stands, locked: once changes under way have ended; later ones wait. Raises Post.DoesNotExist.

    Also one that is hidden or waits for a look, if it is by `hidden_of`.
    """
    locked = Post.objects.select_related("author").select_for_update(of=("self",), no_key=True)
    if hidden_of is not None:
        return locked.get(standing() | own_hidden(hidden_of.pk), pk=post_id)
    return locked.get(standing(), pk=post_id)


def check_limits(kind: str, author: Person, mentions: int, key: str) -> None:
    """Raise LimitExceeded if the author may not write one more of a kind, unless it repeats the one of the key."""
    repeats = partial(is_known, author, key)
    limits.check(kind, author.pk, unless=repeats)
    limits.check("mentions", author.pk, mentions, unless=repeats)


def count_limits(kind: str, author: Person, mentions: int) -> None:
    """Count one that the author wrote, and those it mentions."""
    limits.count(kind, author.pk)
    limits.count("mentions", author.pk, mentions)


def clean_body(body: str, *, bare: bool) -> str:
    """The text as it is stored; `bare` posts have no pictures, and so need text. Raises ValidationError."""
    post = Post(body=body)
    post.clean_fields(exclude=[field.name for field in Post._meta.fields if field.name != "body"])
    if bare and not post.body:
        raise ValidationError({"body": [_("Write something first.")]})
    return post.body


def _check_author(post: Post, person: Person) -> None:
    if post.author_id != person.pk:
        raise PermissionDenied(_("You can only change your own posts."))
