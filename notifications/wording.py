"""What is said: the sentence of an inbox entry, in parts, so that a page can make the names stand out."""

from notifications.models import Kind
from notifications.queries import Entry

DEEDS = {
    Kind.LIKE: "liked your post",
    Kind.SHARE: "shared your post",
    Kind.COMMENT: "commented on your post",
    Kind.REPLY: "replied to your comment",
    Kind.MENTION: "mentioned you",
    Kind.FOLLOW: "followed you",
    Kind.POST: "posted",
}


def who(entry: Entry) -> list[str]:
    """The people of an entry: at most three names, and how many others there are."""
    names = [person.display_name for person in entry.people]
    others = max(entry.count - len(names), 0)
    if others == 1:
        names.append("1 other" if names else "Someone")
    elif others:
        names.append(f"{others:,} {'others' if names else 'people'}")
    return names or ["Someone"]


def deed(entry: Entry) -> str:
    """What they did."""
    return DEEDS[Kind(entry.kind)]


def sentence(entry: Entry) -> str:
    """All in one: "Alice, Bob and 12 others liked your post"."""
    *first, last = who(entry)
    people = f"{', '.join(first)} and {last}" if first else last
    return f"{people} {deed(entry)}"
