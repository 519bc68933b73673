"""Message outside the transaction: the like is committed first, and then its message is written."""

from collections.abc import Callable

from tests.chaos.injected.hooks import replace
from tests.chaos.mutants.spoiling import swapped


def apply() -> None:
    replace("reactions.operations", "_LIKE", _without_message)
    replace("reactions.operations", "like", _then_tell)


def _without_message(like: str) -> str:
    from socialapp.messaging.messages import ReactionAdded
    from socialapp.messaging.outbox import publish_sql

    return swapped(like, publish_sql(ReactionAdded, "fact"), "SELECT FROM fact")


def _then_tell(like: Callable[..., bool]) -> Callable[..., bool]:
    def like_then_tell(*, post_id: int, person_id: int) -> bool:
        from django.utils import timezone

        from socialapp.messaging import outbox
        from socialapp.messaging.messages import ReactionAdded
        from socialapp.posts.models import Post

        is_new = like(post_id=post_id, person_id=person_id)
        author_id = Post.objects.values_list("author_id", flat=True).get(pk=post_id)
        if is_new and author_id != person_id:
            outbox.publish(
                ReactionAdded(
                    recipient_id=author_id, actor_id=person_id, kind="like", post_id=post_id, at=timezone.now()
                )
            )
        return is_new

    return like_then_tell
