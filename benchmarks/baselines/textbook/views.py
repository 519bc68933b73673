"""Likes over HTTP."""

from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from benchmarks.baselines.textbook.models import Like
from benchmarks.baselines.textbook.serializers import LikeSerializer
from benchmarks.baselines.textbook.tasks import notify


class LikeViewSet(ModelViewSet[Like]):
    """One's own likes."""

    serializer_class = LikeSerializer

    def get_queryset(self) -> QuerySet[Like]:
        return Like.objects.filter(user_id=self.request.user.pk)

    def perform_create(self, serializer: BaseSerializer[Like]) -> None:
        """Once it is stored, a worker tells the post's author."""
        with transaction.atomic():
            like = serializer.save()
            transaction.on_commit(partial(notify.delay, like.pk))
