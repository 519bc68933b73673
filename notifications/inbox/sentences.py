"""The sentence of an inbox entry, and where it leads.

Whole sentences, because each language orders and inflects them its own way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from notifications.inbox.queries import Entry
from notifications.models import Kind
from socialapp.moderation.notices import address_of
from socialapp.users.models import Person


@dataclass(frozen=True)
class Wording:
    """One kind's sentences, each by number: of those who are named; of others beside them; of people without a name.

    `repeated` is for one person who did it several times.
    """

    named: Any
    named_and_others: Any
    unnamed: Any
    repeated: Any = None


WORDINGS = {
    Kind.LIKE: Wording(
        ngettext_lazy("%(names)s liked your post", "%(names)s liked your post", "count"),
        ngettext_lazy(
            "%(names)s and %(n)s other liked your post", "%(names)s and %(n)s others liked your post", "count"
        ),
        ngettext_lazy("Someone liked your post", "%(n)s people liked your post", "count"),
    ),
    Kind.SHARE: Wording(
        ngettext_lazy("%(names)s shared your post", "%(names)s shared your post", "count"),
        ngettext_lazy(
            "%(names)s and %(n)s other shared your post", "%(names)s and %(n)s others shared your post", "count"
        ),
        ngettext_lazy("Someone shared your post", "%(n)s people shared your post", "count"),
    ),
    Kind.COMMENT: Wording(
        ngettext_lazy("%(names)s commented on your post", "%(names)s commented on your post", "count"),
        ngettext_lazy(
            "%(names)s and %(n)s other commented on your post",
            "%(names)s and %(n)s others commented on your post",
            "count",
        ),
        ngettext_lazy("Someone commented on your post", "%(n)s people commented on your post", "count"),
        gettext_lazy("%(name)s wrote %(times)s comments on your post"),
    ),
    Kind.REPLY: Wording(
        ngettext_lazy("%(names)s replied to your comment", "%(names)s replied to your comment", "count"),
        ngettext_lazy(
            "%(names)s and %(n)s other replied to your comment",
            "%(names)s and %(n)s others replied to your comment",
            "count",
        ),
        ngettext_lazy("Someone replied to your comment", "%(n)s people replied to your comment", "count"),
        gettext_lazy("%(name)s wrote you %(times)s replies"),
    ),
    Kind.MENTION: Wording(
        ngettext_lazy("%(names)s mentioned you", "%(names)s mentioned you", "count"),
        ngettext_lazy("%(names)s and %(n)s other mentioned you", "%(names)s and %(n)s others mentioned you", "count"),
        ngettext_lazy("Someone mentioned you", "%(n)s people mentioned you", "count"),
    ),
    Kind.FOLLOW: Wording(
        ngettext_lazy("%(names)s followed you", "%(names)s followed you", "count"),
        ngettext_lazy("%(names)s and %(n)s other followed you", "%(names)s and %(n)s others followed you", "count"),
        ngettext_lazy("Someone followed you", "%(n)s people followed you", "count"),
    ),
    Kind.REQUEST: Wording(
        ngettext_lazy("%(names)s asks to follow you", "%(names)s ask to follow you", "count"),
        ngettext_lazy(
            "%(names)s and %(n)s other ask to follow you", "%(names)s and %(n)s others ask to follow you", "count"
        ),
        ngettext_lazy("Someone asks to follow you", "%(n)s people ask to follow you", "count"),
    ),
    Kind.ACCEPT: Wording(
        ngettext_lazy("%(names)s accepted your follow", "%(names)s accepted your follows", "count"),
        ngettext_lazy(
            "%(names)s and %(n)s other accepted your follows",
            "%(names)s and %(n)s others accepted your follows",
            "count",
        ),
        ngettext_lazy("Someone accepted your follow", "%(n)s people accepted your follows", "count"),
    ),
    Kind.POST: Wording(
        ngettext_lazy("%(names)s posted", "%(names)s posted", "count"),
        ngettext_lazy("%(names)s and %(n)s other posted", "%(names)s and %(n)s others posted", "count"),
        ngettext_lazy("Someone posted", "%(n)s people posted", "count"),
    ),
    # From no one in particular.
    Kind.MODERATION: Wording(
        gettext_lazy("The moderators wrote to you"),
        gettext_lazy("The moderators wrote to you"),
        gettext_lazy("The moderators wrote to you"),
    ),
}

# For a post that is itself a comment.
OF_COMMENTS = {
    Kind.LIKE: Wording(
        ngettext_lazy("%(names)s liked your comment", "%(names)s liked your comment", "count"),
        ngettext_lazy(
            "%(names)s and %(n)s other liked your comment", "%(names)s and %(n)s others liked your comment", "count"
        ),
        ngettext_lazy("Someone liked your comment", "%(n)s people liked your comment", "count"),
    ),
    Kind.SHARE: Wording(
        ngettext_lazy("%(names)s shared your comment", "%(names)s shared your comment", "count"),
        ngettext_lazy(
            "%(names)s and %(n)s other shared your comment", "%(names)s and %(n)s others shared your comment", "count"
        ),
        ngettext_lazy("Someone shared your comment", "%(n)s people shared your comment", "count"),
    ),
}


def sentence(entry: Entry, dress: Callable[[str], str] = str) -> str:
    """A sentence like "Alice, Bob and 12 others liked your post": each name, and each number, goes through `dress`."""
    kind, is_comment = Kind(entry.kind), entry.post is not None and entry.post.thread is not None
    wording = OF_COMMENTS.get(kind, WORDINGS[kind]) if is_comment else WORDINGS[kind]
    names = [dress(person.display_name) for person in entry.people]
    others = max(entry.count - len(names), 0)
    number = dress(number_format(others, force_grouping=True))
    times = dress(number_format(entry.times, force_grouping=True))
    if not names:
        text = wording.unnamed % {"count": others or 1, "n": number}
    elif others:
        text = wording.named_and_others % {"count": others, "names": ", ".join(names), "n": number}
    elif wording.repeated and entry.times > entry.count == 1:
        text = wording.repeated % {"name": names[0], "times": times}
    else:
        text = wording.named % {"count": len(names), "names": listed(names)}
    return str(text)


def listed(names: Sequence[str]) -> str:
    """A list of names, like "Alice, Bob and Charlie"."""
    *first, last = names
    return _("%(names)s and %(last)s") % {"names": ", ".join(first), "last": last} if first else last


def page_of(entry: Entry, recipient: Person) -> str:
    """The page that an entry is about: the newest reply, or else the post; or the moderators' newest notice."""
    if entry.notice:
        return address_of(entry.notice.pk)
    if post_id := entry.reply_id or (entry.post and entry.post.pk):
        return reverse("posts:post", args=[post_id])
    if entry.kind == Kind.REQUEST:
        return reverse("follows:requests")
    if entry.count == 1 and entry.people:
        return reverse("feeds:profile", args=[entry.people[0].username])
    if entry.kind == Kind.ACCEPT:
        return reverse("follows:following", args=[recipient.username])
    return reverse("follows:followers", args=[recipient.username])
