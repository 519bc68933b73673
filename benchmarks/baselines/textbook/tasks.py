"""What workers do."""

from celery import shared_task
from django.db import OperationalError

from benchmarks.baselines.textbook.models import Like, Notification


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, retry_jitter=True, max_retries=8)
def notify(like_id: int) -> None:
    """Tell the author of the post. May run twice: the second time changes nothing."""
    like = Like.objects.select_related("post").get(pk=like_id)
    if like.post.author_id != like.user_id:
        Notification.objects.get_or_create(
            recipient_id=like.post.author_id, actor_id=like.user_id, verb="like", post_id=like.post_id
        )
