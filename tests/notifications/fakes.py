"""The fakes, in a thread of the tests: the other side of every channel, over real sockets."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.db.models import F

from bin.fakes.push import Browser
from bin.fakes.server import Fakes
from bin.fakes.webhooks import Receiver
from notifications.channels.push import application_server_key, vapid
from notifications.deliveries import plan
from notifications.endpoints import operations
from notifications.models import Circuit, Delivery, Endpoint
from socialapp.users.models import Person


@dataclass(frozen=True)
class Other:
    """The other side, and endpoints there for people."""

    fakes: Fakes

    def script(self, name: str, *answers: str, always: str = "ok") -> None:
        """What the fake of a channel answers from now on."""
        fakes = self.fakes
        scripts = {"email": fakes.mail.script, "push": fakes.push.script, "webhook": fakes.webhook.script}
        scripts[name].tell(list(answers), always)

    def mail_of(self, person: Person) -> Endpoint:
        """Their confirmed address."""
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        plan.ensure_mail_endpoints([person.pk])
        return Endpoint.objects.get(person=person, channel="email")

    def browser_of(self, person: Person) -> tuple[Endpoint, Browser]:
        """A browser in which they turned push on."""
        address, browser = self.fakes.push.new_browser(application_server_key())
        return (
            operations.add_push_endpoint(person=person, name="Chrome", address=address, keys=browser.keys()),
            browser,
        )

    def webhook_of(self, person: Person) -> tuple[Endpoint, Receiver]:
        """A program of theirs, which knows the secret."""
        address = f"{self.fakes.url}/hooks/{person.username}"
        endpoint, secret = operations.add_webhook(person=person, name="my bot", address=address)
        receiver = self.fakes.webhook.receiver(person.username)
        receiver.secret = secret
        return endpoint, receiver

    def endpoint_of(self, person: Person, name: str) -> Endpoint:
        """By the name of the channel."""
        if name == "email":
            return self.mail_of(person)
        return {"push": self.browser_of, "webhook": self.webhook_of}[name](person)[0]

    def told(self, person: Person, name: str) -> int:
        """How much arrived by a channel."""
        if name == "email":
            return sum(person.email in mail.to for mail in self.fakes.mail.mails)
        if name == "push":
            return sum(len(browser.messages) for browser in self.fakes.push.browsers.values())
        assert name == "webhook"
        return sum(self.fakes.webhook.receiver(person.username).times.values())


@pytest.fixture
def other(settings: LazySettings) -> Iterator[Other]:
    """Fresh fakes, and settings that lead there."""
    vapid.cache_clear()  # the key of the last test went with its rows
    fakes, loop = Fakes(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(fakes.start(), loop).result(10)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", fakes.smtp_port, 1
    settings.ALLOWED_PRIVATE_HOSTS = frozenset([fakes.url.removeprefix("http://")])
    yield Other(fakes)
    assert fakes.mail.refused == [], fakes.mail.refused
    asyncio.run_coroutine_threadsafe(fakes.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def pass_time(span: timedelta) -> None:
    """Move what is written of the future and the past back by so much, as if it had passed."""
    Delivery.objects.update(
        next_attempt_at=F("next_attempt_at") - span,
        expires_at=F("expires_at") - span,
        created_at=F("created_at") - span,
        finished_at=F("finished_at") - span,
    )
    Circuit.objects.update(
        open_until=F("open_until") - span, failing_since=F("failing_since") - span, warned_at=F("warned_at") - span
    )
