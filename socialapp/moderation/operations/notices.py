"""Notify people of what was decided about them or their reports: in the inbox, and by mail if they want it."""

from collections.abc import Sequence

from socialapp.messaging import outbox
from socialapp.messaging.messages import NoticeSent
from socialapp.moderation.models import Action, Notice, Report


def of_action(action: Action) -> Notice:
    """Notify the person an action concerns."""
    notice = Notice.objects.create(person_id=action.person_id, action=action)
    _publish([notice])
    return notice


def of_reports(reports: Sequence[Report]) -> None:
    """Notify the reporters of what became of their reports."""
    _publish(Notice.objects.bulk_create(Notice(person_id=each.reporter_id, report=each) for each in reports))


def _publish(notices: Sequence[Notice]) -> None:
    outbox.publish(
        *[NoticeSent(recipient_id=each.person_id, notice_id=each.pk, at=each.created_at) for each in notices]
    )
