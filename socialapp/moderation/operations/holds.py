"""Hold posts until a moderator has reviewed them, and publish them: each one once, however often that is asked."""

from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from socialapp.moderation.models import Action, Case, Hold, Signal, Verb
from socialapp.moderation.operations import notices
from socialapp.moderation.operations.cases import open_case
from socialapp.moderation.operations.reports import take
from socialapp.posts import operations as posts
from socialapp.posts.models import Post
from socialapp.users.models import Person


@dataclass(frozen=True)
class Holding:
    """Puts a post before the moderators (posts.screening.Hold), for these signals."""

    signals: Collection[Signal]

    def begin(self, author: Person) -> None:
        """Lock the case before the author, as decisions about them do: else the two deadlock."""
        open_case(author.pk)

    def note(self, post: Post) -> None:
        """Note that it waits in the case of its author, and why."""
        case = open_case(post.author_id)
        waits = {"held_at": Now(), "ended_at": None, "published_at": None}
        Hold.objects.update_or_create(post_id=post.pk, defaults={"case": case, "signals": list(self.signals), **waits})
        take(case, post)
        Action.objects.create(verb=Verb.HOLD, person_id=post.author_id, post_id=post.pk, case=case)


def waiting_in(case: Case) -> list[int]:
    """The posts of a case that wait, the oldest first."""
    return list(Hold.objects.filter(case=case, ended_at=None).order_by("post_id").values_list("post_id", flat=True))


def was_never_published(post_id: int) -> bool:
    """Whether a post was held, and no one has been notified of it since."""
    return Hold.objects.filter(post_id=post_id, published_at=None).exists()


def publish(post_id: int) -> None:
    """Publish a post that was held: as if it were new, unless an edit held it.

    Raises ValidationError when it is published, or gone.
    """
    # Another moderator who publishes it at the same moment waits here.
    held = Hold.objects.filter(post_id=post_id, published_at=None)
    if not held.update(published_at=Now(), ended_at=Coalesce("ended_at", Now())):
        raise ValidationError(_("This post does not wait any more."))
    posts.publish_held(post_id=post_id)


def end(post_ids: Collection[int]) -> None:
    """Note that these posts do not wait any more: they are hidden for good reason, or gone."""
    Hold.objects.filter(post_id__in=post_ids, ended_at=None).update(ended_at=Now())


@transaction.atomic
def publish_all(case: Case, moderator: Person) -> None:
    """Publish all that waits in a locked case; the author is notified. What they deleted meanwhile is left out."""
    waiting = waiting_in(case)
    there = Post.objects.filter(pk__in=waiting, deleted_at=None).order_by("pk").values_list("pk", flat=True)
    for post_id in there:
        publish(post_id)
        made = Action.objects.create(
            moderator=moderator, verb=Verb.RELEASE, person_id=case.person_id, post_id=post_id, case=case
        )
        notices.of_action(made)
    end(waiting)
