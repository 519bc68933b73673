"""A name that turns letters round turns only its own: on pages, in their titles, in mails and in what is pushed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from notifications.channels.base import MessageItem, OutgoingMessage
from notifications.channels.mail import compose
from notifications.channels.push import payload
from notifications.inbox.queries import inbox
from notifications.inbox.sentences import sentence
from reactions import operations as reactions
from socialapp.bookmarks import operations as bookmarks
from socialapp.follows.operations import follow
from socialapp.posts.galleries import Attachment
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from tests.people import logged_in
from tests.socialapp.media import samples
from tests.socialapp.media.test_preparing import sent

# Written without our door: as in a row of long ago.
NAMES = {
    "an override": "\u202eevil",
    "an override that ends": "\u202eevil\u202c",
    "an isolate": "\u2067evil",
    "an end of isolates": "evil\u2069\u2069",
    "an embedding": "\u202bevil\u202a",
    "Hebrew": "מרים!",
    "Arabic, and an isolate": "\u2066محمد (",
    "a mark": "evil\u200f!",
    "digits": "١٢٣ ٤",
}
OPENING, CLOSING = "\u2066\u2067\u2068", "\u2069"
EMBEDDING = "\u202a\u202b\u202c\u202d\u202e"


class Texts(HTMLParser):
    """Each text of a page, and each attribute that is shown or read out; but not what stands in fields to be edited."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in SHOWN or name.startswith("aria-")]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


SHOWN = {"alt", "title", "content", "placeholder"}


def is_balanced(text: str) -> bool:
    """Each isolate that it opens ends, none ends that it did not open, and it has nothing stronger."""
    depth = 0
    for letter in text:
        depth += (letter in OPENING) - (letter in CLOSING)
        if depth < 0 or letter in EMBEDDING:
            return False
    return depth == 0


def bare(text: str) -> str:
    """What stands outside of its isolates."""
    depth, outside = 0, ""
    for letter in text:
        depth += letter in OPENING
        outside += "" if depth else letter
        depth -= letter in CLOSING
    return outside


def turns_others(text: str, name: str) -> bool:
    """Whether a name beside other words stands there without isolates."""
    shown = "".join(letter for letter in name if letter not in OPENING + CLOSING + EMBEDDING)
    is_turning = any(letter in text for letter in shown if letter > "\u0590")
    return is_turning and shown in bare(text) and text.strip() != shown


@pytest.fixture(params=list(NAMES.values()), ids=list(NAMES))
def hostile(request: pytest.FixtureRequest, ada: Person, bob: Person, post: Post) -> Person:
    """Bob, who did everything that Ada reads of."""
    Person.objects.filter(pk=bob.pk).update(name=request.param)
    bob.refresh_from_db()
    follow(follower_id=bob.pk, followee_id=ada.pk)
    follow(follower_id=ada.pk, followee_id=bob.pk)
    reactions.like(post_id=post.pk, person_id=bob.pk)
    reactions.share(post_id=post.pk, person_id=bob.pk)
    reactions.comment(post_id=post.pk, author=bob, body="Hm, @ada")
    made, _ = publish_post(author=bob, body="Look", pictures=[Attachment(sent(bob, SMALL).pk, "A bridge")])
    bookmarks.save(post_id=made.pk, person_id=ada.pk)
    return bob


SMALL = samples.saved(samples.gradient((60, 40)))
PAGES = [
    "/", "/public/", "/@bob/", "/@bob/followers/", "/@bob/following/", "/@bob/replies/", "/@ada/followers/",
    "/posts/{post}/", "/posts/{post}/likes/", "/posts/{post}/shares/", "/posts/{made}/", "/bookmarks/", "/people/",
    "/inbox/", "/search/?what=people&q=bob", "/search/complete/?q=@b",
]  # fmt: skip


def texts_of(ada: Person, post: Post) -> Iterator[tuple[str, str]]:
    """Of all pages."""
    made = Post.objects.filter(author__username="bob", thread=None).latest("id")
    for page in PAGES:
        answer = logged_in(ada).get(page.format(post=post.pk, made=made.pk))
        assert answer.status_code == 200, page
        texts = Texts()
        texts.feed(answer.text)
        yield from ((page, text) for text in texts.found)


def test_on_pages_a_name_turns_nothing_but_itself(
    hostile: Person, ada: Person, post: Post, deliver: Callable[[], int]
) -> None:
    deliver()
    found = list(texts_of(ada, post))
    assert [each for each in found if not is_balanced(each[1])] == []
    assert [each for each in found if turns_others(each[1], hostile.name)] == []


def test_in_mails_and_push_a_name_turns_nothing_but_itself(
    hostile: Person, ada: Person, post: Post, deliver: Callable[[], int]
) -> None:
    deliver()
    entries = inbox(ada.pk).items
    assert len(entries) >= 4
    items = [item_of(entry) for entry in entries]
    outgoing = OutgoingMessage(
        id=1, person_id=ada.pk, greeting=hostile.display_name, language="en", address="ada@example.org", keys={},
        items=items, ttl=timedelta(days=1),
    )  # fmt: skip
    mail = compose(outgoing)
    html = Texts()
    html.feed(str(mail.alternatives[0][0]))
    pushed = [payload(replace(outgoing, items=some), brief=False)[0] for some in (items, items[:1])]
    texts = [str(mail.subject), *str(mail.body).splitlines(), *html.found, *(sentence(each) for each in entries)]
    assert [text for text in [*texts, *pushed] if not is_balanced(text)] == []
    assert [text for text in texts if turns_others(text, hostile.name)] == []


def item_of(entry: Any) -> MessageItem:
    return MessageItem(
        delivery_id=1, kind=entry.kind, tag=entry.id, title=sentence(entry), excerpt=entry.excerpt,
        url="http://127.0.0.1:8000/", at=entry.at, data={},
    )  # fmt: skip
