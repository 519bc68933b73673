"""Clients that behave as real ones: they act, wait for so long, say the same again, and give up."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.chaos.people import Person
from tests.chaos.record import Intention, Record, Try, Verb
from tests.chaos.town import Town

DEVICES = 2  # with which a person acts at once; never on the same thing
NAMES = 2  # in one text, at most
READ_AT_ONCE = 40
AGAIN_AFTER_S = 0.25
AT_MOST_S = 4.0
# How often each is done; "flip" is a like taken back and given again at once.
HABITS: dict[str, float] = {
    "like": 32, "unlike": 12, "share": 10, "unshare": 6, "comment": 14, "uncomment": 5, "follow": 6, "unfollow": 4,
    "post": 4, "unpost": 1.5, "flip": 8, "read": 5, "block": 1, "unblock": 2, "answer": 5,
    "report": 3,
}  # fmt: skip
# For whom a text is; "": the client leaves it to the product, for which a reply is for as many as what it answers.
POST_VISIBILITIES: dict[str, float] = {"": 30, "public": 20, "unlisted": 15, "followers": 20, "direct": 15}
REPLY_VISIBILITIES: dict[str, float] = {"": 60, "public": 5, "unlisted": 10, "followers": 15, "direct": 10}
CATEGORIES = ("spam", "abuse", "sensitive", "impersonation", "illegal", "other")


@dataclass
class State:
    """What a client believes that it did."""

    like: set[int] = field(default_factory=set)
    share: set[int] = field(default_factory=set)
    follow: set[str] = field(default_factory=set)
    post: set[int] = field(default_factory=set)
    comment: dict[int, int] = field(default_factory=dict)  # by its id: the post or reply that it answers
    block: set[str] = field(default_factory=set)
    busy: set[tuple[str, Any]] = field(default_factory=set)

    def believe(self, intention: Intention) -> None:
        """It was done, unless it was refused."""
        kind, does = intention.verb.removeprefix("un"), not intention.verb.startswith("un")
        if kind in {"read", "approve", "refuse", "report"}:
            return
        made = (intention.answer or {}).get("id")
        if kind == "comment" and does and made and intention.post:
            self.comment[made] = intention.post
        elif kind == "comment" and not does and intention.comment:
            self.comment.pop(intention.comment, None)
        elif kind != "comment":
            known: set[Any] = getattr(self, kind)
            thing = intention.person or intention.post or made
            (known.add if does and thing else known.discard)(thing)
            if intention.verb == "block":
                self.follow.discard(thing)


@dataclass(frozen=True)
class Activity:
    """A verb and what it is done to."""

    verb: Verb
    post: int | None = None
    comment: int | None = None
    person: str | None = None
    names: tuple[str, ...] = ()
    visibility: str = ""
    ids: tuple[str, ...] = ()
    until: str = ""

    @property
    def thing(self) -> tuple[str, Any]:
        """A client does one thing at a time to it."""
        kind = self.verb.removeprefix("un")
        return kind, self.comment or self.person or self.post


class Client:
    """One person. Its choices come from the seed; its patience is its own."""

    def __init__(self, person: Person, town: Town, record: Record, url: str, seed: int) -> None:
        self.person, self.town, self.record = person, town, record
        self.url = f"{url}/api/social/v1/"
        self.dice = random.Random(f"{seed} {person.username}")
        self.patience_s = self.dice.choice([0.4, 1.0, 2.0, 5.0, 10.0])
        self.tries = self.dice.choice([1, 2, 4, 8, 12])
        self.state = State()
        self.made = 0

    async def live(self, until: float, pause_s: float) -> None:
        """Act until that time (Unix seconds), on average so often; then end what is begun."""
        async with self._session() as session:
            await asyncio.gather(*(self._act(session, until, pause_s * DEVICES) for _ in range(DEVICES)))

    async def at_ease(self, activity: Activity) -> None:
        """One activity while all is well, however long it takes."""
        patience_s, self.patience_s = self.patience_s, 30.0
        async with self._session() as session:
            await self.do(session, activity)
        self.patience_s = patience_s

    def _session(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(headers=self.person.headers, connector=aiohttp.TCPConnector(limit=0))
        # It repeats by itself what it thinks may be repeated: a try that we would not know of.
        session._retry_connection = False
        return session

    async def _act(self, session: aiohttp.ClientSession, until: float, pause_s: float) -> None:
        while True:
            pause = self.dice.expovariate(1 / pause_s)
            if time.time() + pause >= until:
                return
            await asyncio.sleep(pause)
            for activity in [activity async for activity in self._next(session)]:
                await self.do(session, activity)

    async def do(self, session: aiohttp.ClientSession, activity: Activity) -> Intention | None:
        """None when it has that thing in hand already."""
        if activity.thing in self.state.busy:
            return None
        self.state.busy.add(activity.thing)
        key = ""
        if activity.verb in {"comment", "post", "report"}:
            self.made += 1
            key = f"{self.person.username}-{self.made}"
        intention = self.record.begin(
            self.person.username,
            activity.verb,
            time.time(),
            post=activity.post,
            comment=activity.comment,
            person=activity.person,
            key=key,
            names=list(activity.names),
            visibility=activity.visibility,
            ids=list(activity.ids),
            until=activity.until,
        )
        try:
            await self._try_and_try(session, intention)
        finally:
            self.state.busy.discard(activity.thing)
            if intention.tries:
                self.record.end(intention)
                self.town.done[intention.outcome] += 1
        self._believe(intention)
        return intention

    async def _next(self, session: aiohttp.ClientSession) -> AsyncIterator[Activity]:
        habit = self.dice.choices(list(HABITS), list(HABITS.values()))[0]
        if habit == "flip":
            post = self._pick()
            for verb in ("like", "unlike", "like")[: self.dice.randint(2, 3)]:
                yield Activity(verb, post)  # type: ignore[arg-type]
        elif habit == "read":
            if read := await self._reading(session):
                yield read
        elif habit == "answer":
            if answer := await self._answering(session):
                yield answer
        elif activity := self._deed(habit):
            yield activity

    def _deed(self, habit: str) -> Activity | None:
        """None when there is nothing to do it to."""
        if habit.startswith("un"):
            return self._undoing(habit)
        dice = self.dice
        match habit:
            case "follow":
                return Activity("follow", person=dice.choice(self._others()))
            case "block":
                return Activity("block", person=dice.choice([name for name in self._others() if not self._rings(name)]))
            case "post":
                visibility = _drawn(dice, POST_VISIBILITIES)
                return Activity("post", names=self._names(at_least=visibility == "direct"), visibility=visibility)
            case "report" if dice.random() < 0.3:
                return Activity("report", person=dice.choice(self._others()))
        return self._reaction(habit, self._pick())

    def _reaction(self, habit: str, post: int) -> Activity | None:
        author = self.town.author_of(post)
        match habit:
            case "comment":
                return Activity(
                    "comment", post, names=self._names(author), visibility=_drawn(self.dice, REPLY_VISIBILITIES)
                )
            case "report":
                return Activity("report", post, person=author) if author != self.person.username else None
        return Activity(habit, post)  # type: ignore[arg-type]

    def _pick(self) -> int:
        """Any, but seldom one that its author did not show to this person."""
        return self.town.pick(self.dice, self.person.username, self.state.follow)

    def _undoing(self, habit: str) -> Activity | None:
        state, dice = self.state, self.dice
        match habit:
            case "uncomment":
                comment = _one(dice, state.comment)
                return Activity("uncomment", state.comment[comment], comment) if comment else None
            case "unfollow":
                # With the follow its bell would go, of which the record knows nothing.
                return _undo(dice, "unfollow", state.follow - set(self.person.bells), "person")
            case "unblock":
                return _undo(dice, "unblock", state.block, "person")
        kind = habit.removeprefix("un")
        return _undo(dice, habit, getattr(state, kind) - ({self.town.posts[0]} if kind == "post" else set()), "post")

    def _others(self) -> list[str]:
        return [name for name in self.town.people if name != self.person.username]

    def _rings(self, name: str) -> bool:
        """Whether one of the two has a bell for the other, which a block would take along."""
        return name in self.person.bells or self.person.username in self.town.people[name].bells

    def _names(self, answered: str = "", *, at_least: bool = False) -> tuple[str, ...]:
        """Whom a text mentions: often nobody, sometimes somebody who hears of it anyway, or its own author."""
        number = max(self.dice.choice([0, 0, 1, NAMES]), int(at_least))
        names = self.dice.choices(list(self.town.people), k=number)
        if answered and self.dice.random() < 0.1:
            names.append(answered)
        return tuple(names)

    async def _answering(self, session: aiohttp.ClientSession) -> Activity | None:
        """Who is locked answers one of those who ask, and approves most. None when nobody does, or it is not shown."""
        page = await self._page(session, "follow-requests/") if self.person.locked else None
        if not page or not page["results"]:
            return None
        asking = self.dice.choice(page["results"])["username"]
        return Activity("approve" if self.dice.random() < 0.7 else "refuse", person=asking)

    async def _page(self, session: aiohttp.ClientSession, path: str) -> Any:
        """None when it is not shown."""
        timeout = aiohttp.ClientTimeout(total=self.patience_s)
        try:
            async with session.get(f"{self.url}{path}?size={READ_AT_ONCE}", timeout=timeout) as answer:
                return await answer.json() if answer.status == 200 else None
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            return None

    async def _reading(self, session: aiohttp.ClientSession) -> Activity | None:
        """Looks at the inbox, to read all or some of what is there. None when it is not shown, or all is read."""
        page = await self._page(session, "notifications/")
        if page is None:
            return None
        unread = [entry["id"] for entry in page["results"] if entry["unread"]]
        if not unread:
            return None
        ids = () if self.dice.random() < 0.5 else tuple(self.dice.sample(unread, self.dice.randint(1, len(unread))))
        return Activity("read", ids=ids, until=page["until"])

    async def _try_and_try(self, session: aiohttp.ClientSession, intention: Intention) -> None:
        for number in range(self.tries):
            if number:
                pause = min(AGAIN_AFTER_S * 2**number, AT_MOST_S)
                await asyncio.sleep(pause * self.dice.uniform(0.5, 1.5))
            tried = Try(time.time())
            intention.tries.append(tried)
            try:
                await self._send(session, intention, tried)
            finally:
                tried.ended_at = time.time()
            if not tried.is_open:
                return

    async def _send(self, session: aiohttp.ClientSession, intention: Intention, tried: Try) -> None:
        method, path, body = request_of(intention)
        headers = {"Idempotency-Key": intention.key} if intention.key else {}
        timeout = aiohttp.ClientTimeout(total=self.patience_s)
        try:
            async with session.request(method, self.url + path, json=body, headers=headers, timeout=timeout) as answer:
                said = await answer.json(content_type=None) if answer.status in {200, 201} else None
                tried.status, intention.answer = answer.status, said
        except TimeoutError:
            tried.error = "timeout"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            tried.error = type(error).__name__

    def _believe(self, intention: Intention) -> None:
        if intention.outcome == "refused":
            return
        self.state.believe(intention)
        made = (intention.answer or {}).get("id")
        if intention.verb in {"post", "comment"} and made:
            self.town.add(made, self.person.username, intention)
        elif intention.verb in {"unpost", "uncomment"}:
            self.town.remove(intention.comment or intention.post or 0)


def request_of(intention: Intention) -> tuple[str, str, dict[str, Any] | None]:
    """Method, path below the API, and body."""
    if intention.verb == "read":
        what = {"ids": intention.ids} if intention.ids else {"all": True}
        return "POST", "notifications/read/", {**what, "until": intention.until}
    if intention.verb in {"approve", "refuse"}:
        return "PUT" if intention.verb == "approve" else "DELETE", f"follow-requests/{intention.person}/", None
    if intention.verb == "report":
        about = {"person": intention.person, "posts": [intention.post] if intention.post else []}
        category = CATEGORIES[intention.n % len(CATEGORIES)]
        return "POST", "reports/", {**about, "category": category, "words": f"Report {intention.key}"}
    kind, does = intention.verb.removeprefix("un"), not intention.verb.startswith("un")
    post = f"posts/{intention.post}/"
    body = {"body": " ".join([kind.capitalize(), intention.key, *(f"@{name}" for name in intention.names)])}
    if intention.visibility:
        body["visibility"] = intention.visibility
    if does and kind in {"comment", "post"}:
        return "POST", f"{post}comments/" if kind == "comment" else "posts/", body
    path = {
        "follow": f"people/{intention.person}/follow/",
        "block": f"people/{intention.person}/block/",
        "comment": f"posts/{intention.comment}/",
        "post": post,
    }.get(kind, f"{post}{kind}/")
    return "PUT" if does else "DELETE", path, None


def _undo(dice: random.Random, verb: Any, things: set[Any], what: str) -> Activity | None:
    thing = _one(dice, things)
    return Activity(verb, **{what: thing}) if thing else None


def _drawn(dice: random.Random, weights: Mapping[str, float]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def _one(dice: random.Random, things: Any) -> Any:
    """Any of them, in an order that the seed decides; None when there are none."""
    found: Sequence[Any] = sorted(things)
    return dice.choice(found) if found else None
