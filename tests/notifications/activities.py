"""What the reactions say; this side knows only the message."""

from socialapp.messaging import outbox
from socialapp.messaging.consumer import consume
from socialapp.messaging.messages import ReactionAdded, ReactionRemoved
from socialapp.posts.models import Post
from socialapp.users.models import Person


def say(message: type[ReactionAdded | ReactionRemoved], actor: Person, post: Post, reply_id: int = 0) -> None:
    """A like, or a comment when it has an id."""
    outbox.publish(
        message(
            recipient_id=post.author_id,
            actor_id=actor.pk,
            kind="comment" if reply_id else "like",
            post_id=post.pk,
            reply_id=reply_id,
            at=post.created_at,
        )
    )


def comment(actor: Person, post: Post, number: int = 1) -> None:
    """Said, and acted on."""
    say(ReactionAdded, actor, post, reply_id=number)
    consume()


def uncomment(actor: Person, post: Post, number: int = 1) -> None:
    """Taken back, and acted on."""
    say(ReactionRemoved, actor, post, reply_id=number)
    consume()
