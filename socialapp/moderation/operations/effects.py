"""What each act does to a post or an account. `acts` says who may, notes it in the log, and notifies the person."""

from collections.abc import Callable
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from socialapp.moderation.models import Action, Verb
from socialapp.moderation.operations import holds
from socialapp.posts import operations as posts
from socialapp.posts.models import Post
from socialapp.users import mails
from socialapp.users import operations as users
from socialapp.users.models import Person


def standing(verb: Verb, person_id: int, post_id: int = 0) -> Action | None:
    """The latest act of this kind against a person or post that was not undone."""
    acts = Action.objects.filter(verb=verb, person_id=person_id, post_id=post_id, undone_by=None)
    return acts.order_by("-pk").first()


def is_in_force(action: Action) -> bool:
    """Whether an act is not undone, and, of those of which one at a time takes effect, the latest."""
    if action.verb in {Verb.WARN, Verb.REMOVE}:
        return not Action.objects.filter(undoes=action).exists()
    return standing(Verb(action.verb), action.person_id, action.post_id) == action


def reason_of(action: Action) -> str:
    """Rule and words in one text, as posts and accounts keep it; without both, what was done."""
    return "\n\n".join(part for part in (action.rule_title, action.words) if part) or str(Verb(action.verb).label)


def _hide(action: Action) -> None:
    if standing(Verb.HIDE, action.person_id, action.post_id):
        raise ValidationError(_("This post is hidden already."))
    holds.end([action.post_id])  # before the post is locked, as `publish` does
    posts.hide_post(post_id=action.post_id, reason=reason_of(action))


def _unhide(action: Action) -> None:
    """Show the post again. What its author deleted meanwhile stays deleted: it only counts no longer against them."""
    if not holds.was_never_published(action.post_id):
        posts.unhide_post(post_id=action.post_id)
    elif Post.objects.filter(pk=action.post_id, deleted_at=None).exists():
        holds.publish(action.post_id)


def _remove(action: Action) -> None:
    holds.end([action.post_id])
    posts.remove_post(post_id=action.post_id, reason=reason_of(action))


def _blur(action: Action) -> None:
    if not Post.objects.filter(pk=action.post_id, sensitive=False).exists():
        raise ValidationError(_("This post is marked as sensitive already."))
    posts.mark_sensitive(post_id=action.post_id, sensitive=True)


def _silence(action: Action) -> None:
    if standing(Verb.SILENCE, action.person_id):
        raise ValidationError(_("This account is silenced already."))
    users.silence(person=action.person)


def _suspend(action: Action) -> None:
    if standing(Verb.SUSPEND, action.person_id):
        raise ValidationError(_("This account is suspended already. Undo that first."))
    if action.person.deleted_at:
        raise ValidationError(_("This account is deleted."))
    users.suspend(person=action.person, reason=reason_of(action), until=action.ends_at)


def _erase(action: Action) -> None:
    # The current state: a moderator who lets the person back in at the same moment holds this lock.
    person = Person.objects.select_for_update().get(pk=action.person_id)
    if person.deleted_at:
        raise ValidationError(_("This account is deleted."))
    if person.suspended_at is None:
        raise ValidationError(_("Suspend this account first: what is deleted for good cannot come back."))
    mail = mails.composed(person, "account_erased", reason=reason_of(action))
    users.delete_account(person=person)
    if mail:
        transaction.on_commit(partial(mails.send, mail))


def _nothing(_action: Action) -> None:
    """It is noted, and the person is notified; nothing else changes."""


EFFECTS: dict[Verb, Callable[[Action], None]] = {
    Verb.WARN: _nothing,
    Verb.RETRACT: _nothing,
    Verb.HIDE: _hide,
    Verb.UNHIDE: _unhide,
    Verb.RELEASE: lambda action: holds.publish(action.post_id),
    Verb.BLUR: _blur,
    Verb.UNBLUR: lambda action: posts.mark_sensitive(post_id=action.post_id, sensitive=False),
    Verb.SILENCE: _silence,
    Verb.UNSILENCE: lambda action: users.unsilence(person=action.person),
    Verb.SUSPEND: _suspend,
    Verb.UNSUSPEND: lambda action: users.unsuspend(person=action.person),
    Verb.REMOVE: _remove,
    Verb.ERASE: _erase,
}
