"""Nobody hears of what they could at no moment see, reacts to it, or is shown it; and who sees it may react to it."""

from tests.chaos.checker.arrived import Arrived
from tests.chaos.checker.findings import Kind, Report
from tests.chaos.checker.rows import Delivery, Rows, Text
from tests.chaos.checker.shown import Shown
from tests.chaos.checker.truth import Truth
from tests.chaos.record import Intention

REACTIONS = ("like", "share", "comment", "report")


def compare_hearing(truth: Truth, rows: Rows, shown: Shown, arrived: Arrived, report: Report) -> None:
    """By rows, by what left the house, and by the words in it: each text has a key of its own in them."""
    comparison = _Comparison(truth, rows, report)
    comparison.stored()
    comparison.reactions()
    comparison.inboxes(shown)
    comparison.channels(arrived)
    comparison.looks(shown)


class _Comparison:
    def __init__(self, truth: Truth, rows: Rows, report: Report) -> None:
        self.truth, self.audience, self.rows, self.report = truth, truth.audience, rows, report
        self.by_key = {text.key: text for text in rows.texts.values() if text.key}

    def stored(self) -> None:
        """Each text is for whom its author chose, and a reply for no more people than what it answers."""
        for text in self.rows.texts.values():
            meant = self.audience.visibility(text)
            if text.visibility != meant:
                self.report.add(Kind.LOST, "stored", f"text {text.id} is {text.visibility}, and was to be {meant}")
            if self.audience.is_too_wide(text):
                self.report.add(Kind.UNCAUSED, "stored", f"text {text.id} is for more people than what it answers")

    def reactions(self) -> None:
        for intention in self.audience.ledger.record:
            if intention.verb in REACTIONS and intention.post in self.rows.texts:
                self._reaction(intention, self.rows.texts[intention.post])

    def _reaction(self, intention: Intention, text: Text) -> None:
        who, what = intention.client, f"{intention.client} could {intention.verb} text {text.id}"
        since, until = intention.tries[0].sent_at, intention.tries[-1].ended_at
        if intention.outcome == "accepted":
            if not self.audience.could_see(who, text, since, until):
                self.report.add(Kind.UNCAUSED, "stored", f"{what}, which was not for them", [intention.n])
            elif intention.verb == "share" and not self.audience.is_open(text):
                self.report.add(Kind.UNCAUSED, "stored", f"{what}, which is not for everybody", [intention.n])
        elif intention.outcome == "refused" and intention.verb == "like" and self._is_surely_seen(who, text):
            self.report.add(Kind.LOST, "stored", f"{who} may see text {text.id}, and could not like it", [intention.n])

    def _is_surely_seen(self, who: str, text: Text) -> bool:
        """At all times: nobody tried to delete it, neither of the two ever tried to block the other."""
        ledger = self.audience.ledger
        kind = "comment" if text.post else "post"
        pairs = ((who, text.author), (text.author, who))
        is_parted = any(ledger.of("block", *pair).ever for pair in pairs)
        is_undone = ledger.of(kind, text.author, text.id).undone
        return not (is_parted or is_undone) and self.audience.is_theirs(who, text)

    def inboxes(self, shown: Shown) -> None:
        for member in self.rows.members:
            if not member.withheld:
                activity = member.activity
                for text in (activity.post, activity.comment):
                    self._heard(activity.recipient, text, "inbox", f"{activity}")
        for person, entries in shown.inboxes.items():
            for entry in entries:
                what = f"{entry.kind} of post {entry.post}"
                self._heard(person, entry.post, "shown", what)
                self._words(person, entry.keys, "shown", what)

    def channels(self, arrived: Arrived) -> None:
        for delivery in self.rows.deliveries:
            endpoint = self.rows.endpoints[delivery.endpoint]
            if delivery.state == "sent":
                self._heard(endpoint.person, self._text_of(delivery), endpoint.channel, f"delivery {delivery.id}")
        for id_, arrivals in arrived.by_endpoint.items():
            endpoint = self.rows.endpoints[id_]
            for arrival in arrivals:
                self._words(endpoint.person, arrival.keys, endpoint.channel, f"{arrival.id}")

    def _text_of(self, delivery: Delivery) -> int:
        group = self.rows.groups.get(delivery.group)
        return delivery.post or (group.post if group else 0)

    def looks(self, shown: Shown) -> None:
        """Who asks for a text is shown it if it is for them."""
        for (person, post), seen in shown.looks.items():
            if (seen is not None) != self.truth.sees(person, post):
                kind = Kind.UNDONE if seen else Kind.LOST
                self.report.add(kind, "shown", f"{person} {'sees' if seen else 'does not see'} text {post}")

    def _words(self, person: str, keys: tuple[str, ...], where: str, what: str) -> None:
        for key in keys:
            if key in self.by_key:
                self._heard(person, self.by_key[key].id, where, f"the words of {key} in {what}")

    def _heard(self, person: str, post: int, where: str, what: str) -> None:
        text = self.rows.texts.get(post)
        if text and not self.audience.could_see(person, text):
            claim = self.audience.ledger.of("comment" if text.post else "post", text.author, text.id)
            said = f"{person} hears of text {post}, which was never for them: {what}"
            self.report.add(Kind.UNCAUSED, where, said, claim.lines)
