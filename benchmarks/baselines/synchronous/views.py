"""Likes over HTTP; who likes waits for the notification service."""

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from rest_framework.serializers import BaseSerializer

from benchmarks.baselines.textbook import views
from benchmarks.baselines.textbook.models import Like

TIMEOUT_S = 30
CONNECTIONS = 32  # kept by each process: more than it has threads

service = requests.Session()
service.trust_env = False
service.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))


class LikeViewSet(views.LikeViewSet):
    """One's own likes."""

    def perform_create(self, serializer: BaseSerializer[Like]) -> None:
        """The like is stored and no transaction is open while the service is called. Raises RequestException."""
        like = serializer.save()
        told = {"recipient": like.post.author_id, "actor": like.user_id, "verb": "like", "post": like.post_id}
        service.post(settings.NOTIFICATION_SERVICE_URL, json=told, timeout=TIMEOUT_S).raise_for_status()
