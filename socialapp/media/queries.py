"""Pictures, for their owners."""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from socialapp.media.models import Kind, Picture


def unused(owner_id: int, ids: Collection[int]) -> QuerySet[Picture]:
    """The pictures, of these, that their owner uploaded for a post and has not used yet."""
    return Picture.objects.filter(pk__in=ids, owner_id=owner_id, kind=Kind.POST, expires_at__gt=Now())


def picture_of(owner_id: int, picture_id: int) -> Picture:
    """A picture of this owner, used or not, that was not released. Raises Picture.DoesNotExist."""
    lasting = Picture.objects.filter(Q(expires_at=None) | Q(expires_at__gt=Now()))
    return lasting.get(pk=picture_id, owner_id=owner_id, kind=Kind.POST)
