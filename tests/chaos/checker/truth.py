"""The record against what is stored, and what follows from both: which activities everybody must be told of."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace

from tests.chaos.checker.activities import Activity, Claim, Says
from tests.chaos.checker.audience import Audience
from tests.chaos.checker.findings import Kind, Report
from tests.chaos.checker.ledger import Ledger, Thing
from tests.chaos.checker.parting import approvals, approved_at_last, trespasses
from tests.chaos.checker.rows import Rows, Text
from tests.chaos.checker.world import World


@dataclass(frozen=True)
class Standing:
    """Whether an activity stands at the end, and the claim behind it. `kept_back`: one of the two blocked the other."""

    stands: bool
    claim: Claim
    kept_back: Says = Says.NO


@dataclass
class Truth:
    """What is taken for true: by the record; by what is stored where the record leaves it open.

    `visible`: the texts that stand, for whomever they are. `comments`: how many replies are counted below a text,
    `replies`: which are there.
    """

    audience: Audience
    activities: dict[Activity, Standing] = field(default_factory=dict)
    visible: set[int] = field(default_factory=set)
    texts: dict[int, Text] = field(default_factory=dict)
    likes: set[tuple[str, int]] = field(default_factory=set)
    shares: set[tuple[str, int]] = field(default_factory=set)
    follows: dict[tuple[str, str], float] = field(default_factory=dict)
    comments: Counter[int] = field(default_factory=Counter)
    replies: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    readers: set[str] = field(default_factory=set)

    @property
    def beginnings(self) -> set[int]:
        """The posts that stand, begin a thread, and are announced to followers."""
        return {id_ for id_ in self.visible if not self.texts[id_].post and self.is_in_feeds(id_)}

    def is_in_feeds(self, post: int) -> bool:
        """Whether followers of its author have it in their feeds: not what is for those alone whom it mentions."""
        return self.audience.visibility(self.texts[post]) != "direct"

    def is_open(self, post: int) -> bool:
        """Whether anybody may see it while it stands."""
        return self.audience.is_open(self.texts[post])

    def sees(self, person: str, post: int) -> bool:
        """Whether they may see it at the end."""
        return post in self.visible and self.audience.sees(person, self.texts[post])

    def answers_one_of(self, post: int, people: Container[str]) -> bool:
        """Whether it answers nobody else."""
        answered = self.texts.get(self.texts[post].reply_to)
        return answered is None or answered.author in people


def find_truth(world: World, ledger: Ledger, rows: Rows, report: Report) -> Truth:
    """Adds what is stored and should not be, and the other way round, to the report."""
    return _Finder(world, ledger, rows, report).find()


class _Finder:
    def __init__(self, world: World, ledger: Ledger, rows: Rows, report: Report) -> None:
        self.world, self.ledger, self.rows, self.report = world, ledger, rows, report
        self.audience = Audience(world, ledger, rows)
        readers = {read.client for read in ledger.reads} | rows.read_up_to.keys()
        self.truth = Truth(self.audience, texts=rows.texts, readers=readers)
        # Keys are one space, of posts and replies.
        self.by_key = {(text.author, text.key): text for text in rows.texts.values() if text.key}

    def find(self) -> Truth:
        self._doubles()
        self._threads()
        self._parted()
        self._approved()
        stored = dict(self._stored())
        for thing, claim in self._claims(stored):
            there = thing in stored
            if claim.settled(there) and not there:
                self.report.absent("stored", _name(thing), claim)
            elif there and not claim.settled(there):
                self.report.present("stored", _name(thing), claim)
            if there:
                self._take(thing, claim)
            self._activities_of(thing, claim, claim.settled(there))
        for notice in self.rows.notices:
            self._tell(Activity(notice.person, "moderation", 0, "", notice.id), Claim(Says.YES, ever=True), True)
        return self.truth

    def _doubles(self) -> None:
        rows = self.rows
        for name, found in (("likes", rows.likes), ("shares", rows.shares)):
            for (who, post), times in found.items():
                if times > 1:
                    self.report.add(Kind.DOUBLED, "stored", f"{who} {name} post {post} {times} times")
        for what in rows.twice:
            self.report.add(Kind.DOUBLED, "stored", what)
        keys = Counter((text.author, text.key) for text in rows.texts.values() if text.key)
        for (who, key), times in keys.items():
            if times > 1:
                self.report.add(Kind.DOUBLED, "stored", f"text of {who} with the key {key}: {times} of them")

    def _threads(self) -> None:
        """Each reply answers what its author named, in the thread of that."""
        texts = self.rows.texts
        for reply in self.rows.comments.values():
            answered = texts.get(reply.reply_to)
            if answered is None or reply.post != (answered.post or answered.id):
                what = f"reply {reply.id} to {reply.reply_to} is in the thread {reply.post}"
                self.report.add(Kind.UNCAUSED, "stored", what)
            meant = self.ledger.replies.get(reply.id, reply.reply_to)
            if meant != reply.reply_to:
                self.report.add(Kind.LOST, "stored", f"reply {reply.id} answers {reply.reply_to}, and was to {meant}")

    def _parted(self) -> None:
        """Who blocks somebody neither follows them nor is followed."""
        for pair in self.rows.blocks:
            for who, whom in (pair, pair[::-1]):
                if (who, whom) in self.rows.follows.keys() | self.rows.requests:
                    what = f"{who} follows {whom} or asks to, and {pair[0]} blocks {pair[1]}"
                    self.report.add(Kind.UNDONE, "stored", what, self.ledger.of("block", *pair).lines)
        for trespass in trespasses(self.ledger.record, self.rows.texts):
            what = f"{trespass.client} could {trespass.verb}, though blocked"
            self.report.add(Kind.UNCAUSED, "stored", what, [trespass.n])

    def _approved(self) -> None:
        """Who is locked is followed by those only whom they approved; and who is not, is not asked."""
        tried = approvals(self.ledger.record)
        for who, whom in self.rows.follows:
            if whom in self.world.locked and ((who, whom) not in tried or (who, whom) not in self.rows.approved):
                self.report.add(Kind.UNCAUSED, "stored", f"{who} follows {whom}, who did not approve it")
        for who, whom in self.rows.requests:
            if whom not in self.world.locked:
                self.report.add(Kind.UNCAUSED, "stored", f"{who} asks to follow {whom}, who is not locked")
        for who, whom in set(approved_at_last(self.ledger.record)) & self.rows.requests:
            self.report.add(Kind.LOST, "stored", f"{who} still asks to follow {whom}, who approved it")

    def _stored(self) -> Iterator[tuple[Thing, None]]:
        for who, post in self.rows.likes:
            yield ("like", who, post), None
        for who, post in self.rows.shares:
            yield ("share", who, post), None
        for who, whom in self.rows.follows.keys() | self.rows.requests:
            yield ("follow", who, whom), None
        for who, whom in self.rows.blocks:
            yield ("block", who, whom), None
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
                known = self.by_key[who, what].id if (who, what) in self.by_key else what
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
            case "follow", str(whom) if (who, whom) in self.rows.follows:
                self.truth.follows[who, whom] = self.rows.follows[who, whom]
            case "post", int(post):
                self.truth.visible.add(post)
            case "comment", int(comment):
                self.truth.visible.add(comment)
                answered = self.rows.comments[comment].reply_to
                self.truth.replies[answered].append(comment)
                self.truth.comments[answered] += self.truth.is_open(comment)

    def _activities_of(self, thing: Thing, claim: Claim, stands: bool) -> None:
        kind, who, what = thing
        match kind, what:
            case "like" | "share", int(post):
                if post in self.truth.texts:
                    self._tell(Activity(self.truth.texts[post].author, kind, post, who), claim, stands)
            case "follow", str(whom) if whom in self.world.locked:
                self._asking(who, whom, claim, stands)
            case "follow", str(whom):
                self._tell(Activity(whom, "follow", 0, who), claim, stands)
            case "comment", int(comment) if comment in self.rows.comments:
                for activity in self._hearers(self.rows.comments[comment]):
                    self._tell(activity, claim, stands)
        if kind in {"post", "comment"} and isinstance(what, int) and what in self.truth.texts:
            self._mentions(self.truth.texts[what], claim)

    def _asking(self, who: str, whom: str, claim: Claim, stands: bool) -> None:
        """Who is locked is told of the request while it waits, and not of the follow; who asked, of the approval."""
        # Answering takes a request back.
        self._tell(Activity(whom, "request", 0, who), replace(claim, undone=True), stands and self._asks(who, whom))
        self._tell(Activity(whom, "follow", 0, who), claim, False)
        self._tell(Activity(who, "accept", 0, whom), claim, stands and not self._asks(who, whom))

    def _asks(self, who: str, whom: str) -> bool:
        return (who, whom) in self.rows.requests

    def _mentions(self, text: Text, claim: Claim) -> None:
        """Whom a text names is told, also in the rows of a text that is gone; but not who hears of it anyway."""
        hearing = (text.reply_to, text.post) if self.audience.is_open(text) else (text.reply_to,)
        anyway = {self.truth.texts[id_].author for id_ in hearing if id_ in self.truth.texts}
        for name in self.audience.named(text):
            if name not in anyway:
                told = Claim(Says.YES, ever=True, lines=claim.lines)
                self._tell(Activity(name, "mention", text.id, text.author), told, True)

    def _hearers(self, reply: Text) -> Iterator[Activity]:
        """docs/architecture.md: who wrote what it answers, and who began the thread if they may see it. Each once."""
        answered, beginning = self.truth.texts.get(reply.reply_to), self.truth.texts.get(reply.post)
        if answered:
            kind = "reply" if answered.post else "comment"
            yield Activity(answered.author, kind, answered.id, reply.author, reply.id)
        if beginning and self.audience.is_open(reply) and (answered is None or beginning.author != answered.author):
            yield Activity(beginning.author, "comment", beginning.id, reply.author, reply.id)

    def _tell(self, activity: Activity, claim: Claim, stands: bool) -> None:
        if activity.recipient == activity.actor:
            return
        pairs = ((activity.recipient, activity.actor), (activity.actor, activity.recipient))
        blocks = [(pair, block) for pair in pairs if (block := self.ledger.of("block", *pair)).ever]
        kept_back = Says.EITHER if blocks else Says.NO
        if any(block.settled(pair in self.rows.blocks) for pair, block in blocks):
            kept_back = Says.YES
        self.truth.activities[activity] = Standing(stands, claim, kept_back)


def _name(thing: Thing) -> str:
    kind, who, what = thing
    return f"{kind} {what} of {who}"
