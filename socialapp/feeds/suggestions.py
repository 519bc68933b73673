"""Suggestions of people to follow."""

from socialapp.follows.queries import followed_among
from socialapp.posts.models import Post
from socialapp.users.models import Person

LOOKED_AT = 100


def people_to_follow(viewer_id: int, size: int = 5) -> list[Person]:
    """People who posted recently and are not followed by the viewer. Two queries."""
    posts = Post.objects.listed(viewer_id).order_by("-id")
    authors = {post.author_id: post.author for post in posts[:LOOKED_AT]}
    known = followed_among(viewer_id, authors) | {viewer_id}
    return [person for person_id, person in authors.items() if person_id not in known][:size]
