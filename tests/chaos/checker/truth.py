"""The record against what is stored, and what follows from both: which deeds everybody must be told of."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.chaos.checker.deeds import Claim, Deed, Says
from tests.chaos.checker.findings import Kind, Report
from tests.chaos.checker.ledger import Ledger, Thing
from tests.chaos.checker.rows import Rows, Text
from tests.chaos.checker.world import World

_NAME = re.compile(r"(?<![\w@/.&;=-])@([A-Za-z0-9_]{1,30})(?![\w@])")
NAMES_TOLD = 10  # docs/api.md: the first ten names of a text count


@dataclass(frozen=True)
class Standing:
    """Whether a deed stands at the end, and the claim behind it. `kept_back`: its recipient blocked who did it."""

    stands: bool
    claim: Claim
    kept_back: Says = Says.NO


@dataclass
class Truth:
    """What is taken for true: by the record; by what is stored where the record leaves it open."""

    deeds: dict[Deed, Standing] = field(default_factory=dict)
    visible: set[int] = field(default_factory=set)
    posts: dict[int, Text] = field(default_factory=dict)
    likes: set[tuple[str, int]] = field(default_factory=set)
    shares: set[tuple[str, int]] = field(default_factory=set)
    follows: dict[tuple[str, str], float] = field(default_factory=dict)
    comments: Counter[int] = field(default_factory=Counter)


def find_truth(world: World, ledger: Ledger, rows: Rows, report: Report) -> Truth:
    """Adds what is stored and should not be, and the other way round, to the report."""
    return _Finder(world, ledger, rows, report).find()


class _Finder:
    def __init__(self, world: World, ledger: Ledger, rows: Rows, report: Report) -> None:
        self.world, self.ledger, self.rows, self.report = world, ledger, rows, report
        self.truth = Truth(posts=rows.posts)
        self.by_key = {(text.author, text.key): text for text in rows.posts.values() if text.key}
        self.comments_by_key = {(text.author, text.key): text for text in rows.comments.values() if text.key}

    def find(self) -> Truth:
        self._doubles()
        stored = dict(self._stored())
        for thing, claim in self._claims(stored):
            there = thing in stored
            if claim.settled(there) and not there:
                self.report.absent("stored", _name(thing), claim)
            elif there and not claim.settled(there):
                self.report.present("stored", _name(thing), claim)
            if there:
                self._take(thing, claim)
            self._deeds_of(thing, claim, claim.settled(there))
        return self.truth

    def _doubles(self) -> None:
        rows = self.rows
        for name, found in (("likes", rows.likes), ("shares", rows.shares)):
            for (who, post), times in found.items():
                if times > 1:
                    self.report.add(Kind.DOUBLED, "stored", f"{who} {name} post {post} {times} times")
        for what in rows.twice:
            self.report.add(Kind.DOUBLED, "stored", what)
        for name, texts in (("post", rows.posts), ("comment", rows.comments)):
            keys = Counter((text.author, text.key) for text in texts.values() if text.key)
            for (who, key), times in keys.items():
                if times > 1:
                    self.report.add(Kind.DOUBLED, "stored", f"{name} of {who} with the key {key}: {times} of them")

    def _stored(self) -> Iterator[tuple[Thing, None]]:
        for who, post in self.rows.likes:
            yield ("like", who, post), None
        for who, post in self.rows.shares:
            yield ("share", who, post), None
        for who, whom in self.rows.follows:
            yield ("follow", who, whom), None
        for kind, texts in (("post", self.rows.posts), ("comment", self.rows.comments)):
            for text in texts.values():
                if not text.gone:
                    yield (kind, text.author, text.id), None

    def _claims(self, stored: dict[Thing, None]) -> Iterator[tuple[Thing, Claim]]:
        """Of all that clients tried, texts under the ids they have; and of what is stored although nobody tried."""
        seen: set[Thing] = set()
        for (kind, who, what), claim in self.ledger.claims.items():
            known: object = what
            if isinstance(what, str) and kind in {"post", "comment"}:
                texts = self.by_key if kind == "post" else self.comments_by_key
                known = texts[who, what].id if (who, what) in texts else what
            seen.add((kind, who, known))
            yield (kind, who, known), claim
        for thing in stored:
            if thing not in seen:
                yield thing, Claim()

    def _take(self, thing: Thing, claim: Claim) -> None:
        kind, who, what = thing
        if claim.says is Says.NO:
            return
        match kind, what:
            case "like", int(post):
                self.truth.likes.add((who, post))
            case "share", int(post):
                self.truth.shares.add((who, post))
            case "follow", str(whom):
                self.truth.follows[who, whom] = self.rows.follows[who, whom]
            case "post", int(post):
                self.truth.visible.add(post)
            case "comment", int(comment):
                self.truth.comments[self.rows.comments[comment].post] += 1

    def _deeds_of(self, thing: Thing, claim: Claim, stands: bool) -> None:
        kind, who, what = thing
        match kind, what:
            case "like" | "share", int(post):
                if post in self.rows.posts:
                    self._tell(Deed(self.rows.posts[post].author, kind, post, who), claim, stands)
            case "follow", str(whom):
                self._tell(Deed(whom, "follow", 0, who), claim, stands)
            case "comment", int(comment) if comment in self.rows.comments:
                for deed in self._hearers(self.rows.comments[comment]):
                    self._tell(deed, claim, stands)
            case "post", int(post) if post in self.rows.posts:
                # Whom a post names is told, and stays told in the rows of a post that is gone.
                for name in self._named(self.rows.posts[post]):
                    self._tell(Deed(name, "mention", post, who), Claim(Says.YES, ever=True, lines=claim.lines), True)

    def _hearers(self, comment: Text) -> Iterator[Deed]:
        """docs/architecture.md: who is replied to; else the post's author; else who is mentioned. Each once."""
        author = self.rows.posts[comment.post].author
        replied = self.rows.comments[comment.reply_to].author if comment.reply_to in self.rows.comments else ""
        if replied:
            yield Deed(replied, "reply", comment.post, comment.author, comment.id)
        if author != replied:
            yield Deed(author, "comment", comment.post, comment.author, comment.id)
        for name in self._named(comment):
            if name not in {author, replied}:
                yield Deed(name, "mention", comment.post, comment.author, comment.id)

    def _named(self, text: Text) -> list[str]:
        names = list(dict.fromkeys(found.lower() for found in _NAME.findall(text.body)))[:NAMES_TOLD]
        return [name for name in names if name in self.world.ids and name != text.author]

    def _tell(self, deed: Deed, claim: Claim, stands: bool) -> None:
        if deed.recipient == deed.actor:
            return
        block = self.ledger.blocks.get((deed.recipient, deed.actor))
        kept_back = Says.NO
        if block and block.ever:
            kept_back = Says.YES if block.says is Says.YES else Says.EITHER
        self.truth.deeds[deed] = Standing(stands, claim, kept_back)


def _name(thing: Thing) -> str:
    kind, who, what = thing
    return f"{kind} {what} of {who}"
