"""Message outside the transaction: the like is committed first, and then its message is written."""

from collections.abc import Callable

from tests.chaos.injected.hooks import replace
from tests.chaos.mutants.spoiling import swapped


def apply() -> None:
    replace("reactions.sql", "add", _without_message)
    replace("reactions.operations", "like", _then_tell)


def _without_message(add: Callable[..., str]) -> Callable[..., str]:
    def add_alone(*what: str) -> str:
        from socialapp.messaging.messages import ReactionAdded
        from socialapp.messaging.outbox import publish_sql

        return swapped(add(*what), publish_sql(ReactionAdded, "fact", of_one_request=False), "SELECT FROM fact")

    return add_alone


def _then_tell(like: Callable[..., bool]) -> Callable[..., bool]:
    def like_then_tell(*, post_id: int, person_id: int | None = None, digest: str | None = None) -> bool:
        from django.utils import timezone

        from socialapp.messaging import outbox
        from socialapp.messaging.messages import ReactionAdded
        from socialapp.posts.models import Post
        from socialapp.users.models import Token

        is_new = like(post_id=post_id, person_id=person_id, digest=digest)
        person_id = person_id or Token.objects.values_list("person_id", flat=True).get(digest=digest)
        author_id = Post.objects.values_list("author_id", flat=True).get(pk=post_id)
        if is_new and author_id != person_id:
            outbox.publish(
                ReactionAdded(
                    recipient_id=author_id, actor_id=person_id, kind="like", post_id=post_id, at=timezone.now()
                )
            )
        return is_new

    return like_then_tell
