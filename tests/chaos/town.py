"""What everybody in a run sees, or thinks they could: posts and replies, who wrote them, and for whom."""

import random
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field

from tests.chaos.people import Person
from tests.chaos.record import Intention

HOT_SHARE = 0.3  # of all that is done to posts
REPLY_SHARE = 0.3  # the same of replies, the newest most often
FEW_SHARE = 0.15  # the same of texts that are for few, by those whom they are for
FEW_LATEST = 40
LOOKS = 2  # so often a client looks for another text, rather than one that is probably not for them


@dataclass
class Town:
    """Posts and replies, and who wrote them. The first post is the hot one. `circles`: who may see a direct text."""

    people: dict[str, Person]
    authors: dict[int, str] = field(default_factory=dict)
    repliers: dict[int, str] = field(default_factory=dict)
    posts: list[int] = field(default_factory=list)
    replies: list[int] = field(default_factory=list)
    circles: dict[int, set[str]] = field(default_factory=dict)
    for_followers: set[int] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)

    def add(self, text: int, author: str, intention: Intention) -> None:
        """A post or a reply that somebody made, as the answer says."""
        authors, texts = (self.authors, self.posts) if intention.verb == "post" else (self.repliers, self.replies)
        authors[text] = author
        texts.append(text)
        visibility = (intention.answer or {}).get("visibility")
        if visibility == "direct":
            answered = {self.author_of(intention.post)} if intention.post else set()
            self.circles[text] = {author, *intention.names, *answered}
        elif visibility == "followers":
            self.for_followers.add(text)

    def remove(self, text: int) -> None:
        for texts in (self.posts, self.replies):
            if text in texts:
                texts.remove(text)

    def author_of(self, text: int) -> str:
        return self.authors.get(text) or self.repliers[text]

    def pick(self, dice: random.Random, reader: str, followed: Container[str]) -> int:
        """The hot one often; of the other posts, and of replies, a few often and many seldom; some of those for few."""
        if dice.random() < FEW_SHARE and (found := self._for_few(reader, followed)):
            return dice.choice(found)
        for _ in range(LOOKS):
            text = self._pick(dice)
            if self._may_be_for(text, reader, followed):
                break
        return text

    def _for_few(self, reader: str, followed: Container[str]) -> list[int]:
        latest = sorted({*self.circles, *self.for_followers} & {*self.posts, *self.replies})[-FEW_LATEST:]
        return [text for text in latest if self._may_be_for(text, reader, followed)]

    def _pick(self, dice: random.Random) -> int:
        chance, place = dice.random(), dice.random() ** 3
        if chance < HOT_SHARE:
            return self.posts[0]
        if chance < HOT_SHARE + REPLY_SHARE and self.replies:
            return self.replies[-1 - int(len(self.replies) * place)]
        return self.posts[int(len(self.posts) * place)]

    def _may_be_for(self, text: int, reader: str, followed: Container[str]) -> bool:
        if text in self.for_followers:
            author = self.author_of(text)
            return author == reader or author in followed
        return reader in self.circles.get(text, {reader})
