"""Comments as notifications quote them."""

from collections.abc import Collection

from reactions.queries import visible_comments
from reactions.threads import place_of
from socialapp.tallies.queries import counts


def quotes(comment_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """{comment id: its text, and the page on which it stands}, of those that may be seen. At most two statements."""
    comments = list(visible_comments().filter(pk__in=comment_ids)) if comment_ids else []
    below = counts(["post.comments"], {comment.post_id for comment in comments}) if comments else {}
    return {
        comment.pk: (comment.body, place_of(comment, below.get(("post.comments", comment.post_id), 0)))
        for comment in comments
    }
