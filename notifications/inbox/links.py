"""Where an entry of the inbox leads."""

from django.urls import reverse

from notifications.inbox.queries import Entry
from socialapp.users.models import Person


def page_of(entry: Entry, recipient: Person) -> str:
    """The page that an entry is about: of the newest reply, or else of the post."""
    if post_id := entry.reply_id or (entry.post and entry.post.pk):
        return reverse("posts:post", args=[post_id])
    if entry.count == 1 and entry.people:
        return reverse("feeds:profile", args=[entry.people[0].username])
    return reverse("follows:followers", args=[recipient.username])
