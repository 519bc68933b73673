"""Notices as pages and mails lead to them: by a signed link, which also opens where its person may not log in."""

from django.core import signing
from django.urls import reverse

from socialapp.moderation.models import Action, Appeal, Notice, Verb
from socialapp.moderation.operations.appeals import APPEALABLE

SALT = "moderation.notice"


def address_of(notice_id: int) -> str:
    """The path of a notice's page. Anyone who has it can read the notice and appeal, so it is for its person alone."""
    return reverse("moderation:notice", args=[signing.Signer(salt=SALT, sep=".").sign(str(notice_id))])


def notice_of(token: str) -> Notice:
    """The notice that a link of `address_of` leads to. Raises BadSignature, Notice.DoesNotExist."""
    pk = int(signing.Signer(salt=SALT, sep=".").unsign(token))
    found = Notice.objects.select_related(
        "person", "action__person", "action__appeal", "action__undone_by", "action__rule", "report__case__person"
    )
    return found.get(pk=pk, person__deleted_at=None)


def may_appeal(notice: Notice) -> bool:
    """Whether the notice is of an act that stands and has not been appealed against yet."""
    action = notice.action
    return bool(action and action.verb in APPEALABLE and appeal_of(action) is None and not hasattr(action, "undone_by"))


def appeal_of(action: Action) -> Appeal | None:
    """The appeal against an act, if there is one."""
    return getattr(action, "appeal", None)


def suspension_of(person_id: int) -> Notice | None:
    """The notice of the suspension that stands, for log-in."""
    found = Notice.objects.select_related("action__appeal", "action__undone_by")
    found = found.filter(person_id=person_id, action__verb=Verb.SUSPEND, action__undone_by=None)
    return found.order_by("-pk").first()
