"""What the pages of the product are about: posts, conversations, tokens; and the browsers of who looks at them.

Run by `manage.py shell` in a product with the demo people; `facts` says what it printed.
"""

import json
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext

from tests.product import Product

MAKE = """
import io, json, time
from django.core.management import call_command
from socialapp.users.addresses import ResetTokens
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.test import Client
from notifications.preferences.unsubscribe import unsubscribe_url
from notifications.endpoints.operations import add_webhook
from notifications.deliveries.notices import send_test
from notifications.inbox.queries import inbox
from notifications.models import Endpoint
from notifications.deliveries.plan import ensure_mail_endpoints
from notifications.preferences.mutes import mute_person
from reactions import operations as reactions
from socialapp.bookmarks.operations import save as bookmark
from socialapp.filters.operations import mute_words
from socialapp.follows.operations import block, follow
from socialapp.moderation.models import Notice, Rule, Verb
from socialapp.moderation.notices import address_of
from socialapp.moderation.operations.acts import act
from socialapp.moderation.operations.appeals import appeal
from socialapp.moderation.operations.notes import add_note
from socialapp.moderation.operations.reports import report
from socialapp.posts.models import Post
from socialapp.posts.operations import delete_post, edit_post, publish_post
from socialapp.users.models import Person
from socialapp.users.operations import choose_language, make_token, new_person

def cookie(person):
    client = Client()
    client.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies["sessionid"].value

def tested(person):
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    ensure_mail_endpoints([person.pk])
    delivery = send_test(endpoint=Endpoint.objects.get(person=person, channel="email"))
    for _ in range(100):  # its page reloads itself until it is done
        delivery.refresh_from_db()
        if delivery.state != "waiting":
            break
        time.sleep(0.1)
    return delivery.pk

def conversation(person, other):
    # Its replies are deep, many, deleted in the middle, of long words and from right to left.
    begun = publish_post(author=person, body="Which sound would you keep?")[0]
    def reply(to, author, body):
        return reactions.comment(post_id=to.pk, author=author, body=body)[0]
    deep = first = reply(begun, other, "The bell over the shop door. " * 12)
    for number in range(6):
        deep = reply(deep, [person, other][number % 2], f"And number {number} of it?")
    for number in range(5):
        reply(first, other, f"Or bell number {number}.")
    gone = reply(begun, other, "Soon gone")
    reply(gone, person, "Unlike this one.")
    delete_post(post_id=gone.pk, by=other)
    reply(begun, other, "صوت المطر على سطح الصفيح في الليل، وأمي تعدّ الثواني.")
    reply(begun, other, "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft")
    return {"talk": begun.pk, "deep": deep.pk}

def moderated(person):
    # A post of theirs that was reported and hidden, in a case that is open.
    emeka, rule = Person.objects.get(username="emeka"), Rule.objects.first()
    post = publish_post(author=person, body="Buy now, while there are any left! #sale")[0].pk
    case = report(reporter=emeka, person=person, category="spam", words="Each day.", post_ids=[post])[0].case
    action = act(
        moderator=mona, verb=Verb.HIDE, person=person, post_id=post, case=case, rule=rule, words="No ads, please."
    )
    notice = address_of(Notice.objects.get(action=action).pk).strip("/").rpartition("/")[2]
    return {"notice": notice, "case": case.pk, "person": person.pk}

def appealed():
    charlie = Person.objects.get(username="charlie")
    action = act(moderator=mona, verb=Verb.WARN, person=charlie, words="Once more, and you are out.")
    add_note(person=charlie, moderator=mona, text="Wrote to us by mail as well.")
    return appeal(action=action, person=charlie, words="It was meant as a joke, and my friend laughed.").case_id

def belongings(person):
    name, dana, emeka = person.username, *Person.objects.filter(username__in=["dana", "emeka"]).order_by("username")
    follow(follower_id=person.pk, followee_id=emeka.pk)
    follow(follower_id=emeka.pk, followee_id=person.pk)
    publish_post(author=emeka, body=f"Good morning, @{name}.")
    block(blocker_id=person.pk, blocked_id=dana.pk)
    mute_person(person=person, muted=Person.objects.get(username="charlie"), until=None)
    post = publish_post(author=person, body="A first draft. #fog")[0].pk
    edit_post(post_id=post, by=person, body="A second draft. #fog", pictures=None)
    with_pictures = Post.objects.filter(body__startswith="Sunday count").get().pk
    reactions.like(post_id=post, person_id=emeka.pk)
    bookmark(person_id=person.pk, post_id=with_pictures)
    comment = reactions.comment(post_id=with_pictures, author=person, body="I saw it too.")[0].pk
    endpoint = add_webhook(person=person, name="Hook", address="https://hook.example/in")[0]
    make_token(person=person, name="Script")
    EmailAddress.objects.get_or_create(user=person, email=f"{name}.new@example.org", defaults={"verified": False})
    new = EmailAddress.objects.get(user=person, email=f"{name}.new@example.org")
    return {
        "username": name, "cookie": cookie(person), "post": with_pictures, "own": post, "comment": comment,
        **conversation(person, emeka), **moderated(person),
        "endpoint": endpoint.pk, "delivery": tested(person), "unreported": emeka.pk,
        "filter": mute_words(person=person, phrase="spoiler ahead", places=["home", "public"]).pk,
        "entry": inbox(person.pk, kind="post").items[0].id,
        "unsubscribe": unsubscribe_url(person.pk, ["like"]).rstrip("/").rpartition("/")[2],
        "confirm": EmailConfirmationHMAC(new).key,
        "uid": user_pk_to_url_str(person), "reset": ResetTokens(new.email).make_token(person),
    }

vera, hanna, ida, mona = (
    new_person(username=name, email=f"{name}@example.org", name=name.title(), password=password)
    for name, password in [("vera", "correct horse"), ("hanna", "correct horse"), ("ida", None), ("mona", None)]
)
choose_language(person=hanna, language="de")
call_command("moderator", "mona", stdout=io.StringIO())
mona = Person.objects.get(pk=mona.pk)
print("FACTS", json.dumps({
    "vera": belongings(vera) | {"appealed": appealed()}, "hanna": belongings(hanna),
    "ida": {"username": "ida", "cookie": cookie(ida)}, "mona": {"username": "mona", "cookie": cookie(mona)},
}))
"""


@dataclass(frozen=True)
class Facts:
    """Of each person, by username: ids, tokens, and the cookie of a session."""

    of: dict[str, dict[str, Any]]
    url: str

    def let_in(self, context: BrowserContext, username: str) -> None:
        """From now on the browser is theirs."""
        context.add_cookies([{"name": "sessionid", "value": self.of[username]["cookie"], "url": self.url}])


def facts(product: Product) -> Facts:
    """Makes them; once for a product."""
    said = product.manage("shell", "-c", MAKE)
    lines = [line for line in said.stdout.splitlines() if line.startswith("FACTS ")]
    assert lines, said.stderr
    return Facts(json.loads(lines[0].removeprefix("FACTS ")), product.url)
