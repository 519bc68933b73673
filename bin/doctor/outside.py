"""Checks of what is between this site and people: the proxy, its certificate, mail, push."""

import json
import socket
import ssl
import time
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.conf import settings
from django.core import checks, signing
from django.core.mail import EmailMessage, get_connection

from bin.doctor.findings import Doubtful, Wrong
from config.env import STAND_IN_CONTACT, env
from notifications.channels import push as pushes
from notifications.channels import safe_http
from notifications.channels.base import Failure
from notifications.models import ChannelName, Circuit, Endpoint, Reason
from socialapp.web import health

TIMEOUT_S = 10
# An address of documentation (RFC 5737), which belongs to no host.
FORGED = "192.0.2.77"
ENDS_SOON_S = 14 * 24 * 60 * 60
FAR_APART_S = 5
# The newest browsers, whose push services are tried.
NEWEST = 100


@cache
def _seen() -> tuple[dict[str, Any], str]:
    """How a request of ours arrives, and the Date of the answer. The question is signed: none but this site answers."""
    request = Request(f"{settings.PUBLIC_URL}/healthz")
    request.add_header(health.DOCTOR, signing.dumps("how", salt=health.DOCTOR))
    request.add_header("X-Forwarded-For", FORGED)
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:
            seen, date = json.loads(answer.read()), answer.headers.get("Date", "")
    except (HTTPError, ValueError) as error:
        raise Wrong(
            f"{settings.PUBLIC_URL}/healthz is not answered by this site: {error}. Look at the proxy."
        ) from error
    except (URLError, OSError) as error:
        raise Wrong(
            f"{settings.PUBLIC_URL} cannot be reached from here ({getattr(error, 'reason', error)}). Does the proxy "
            "run, and does the name lead to it?"
        ) from error
    if "address" not in seen:
        raise Wrong(
            f"what answers at {settings.PUBLIC_URL} is another site, or has another SOCIALAPP_SECRET_KEY, or its clock "
            "is wrong."
        )
    return seen, date


def proxy() -> str:
    """People reach us, and we see their addresses."""
    seen, _ = _seen()
    if settings.PUBLIC_URL.startswith("https://") and not seen["is_secure"]:
        raise Wrong("the proxy does not set X-Forwarded-Proto: https, so each page is redirected to itself. Let it.")
    hops = [hop.strip() for hop in seen["forwarded"].split(",")]
    proxies = len(hops) - 1 if hops[0] == FORGED else len(hops)
    named = settings.PROXIES or 0
    if seen["address"] == FORGED or named > proxies:
        raise Wrong(
            f"people can forge their address: SOCIALAPP_PROXIES is {named}, and {proxies} append to X-Forwarded-For. "
            f"Set it to {proxies}."
        )
    if named < proxies:
        raise Wrong(
            f"all people share one address, and its limits: SOCIALAPP_PROXIES is {named}, and {proxies} append to "
            f"X-Forwarded-For. Set it to {proxies}."
        )
    through = "1 proxy" if proxies == 1 else f"{proxies} proxies"
    return f"{settings.PUBLIC_URL} leads here, by {through}; it sees this machine as {seen['address']}"


def date() -> str:
    """The clock of what people reach."""
    _, date = _seen()
    if not date:
        raise Doubtful("the site's answers have no Date.")
    apart = parsedate_to_datetime(date).timestamp() - time.time()
    if abs(apart) > FAR_APART_S:
        raise Wrong(f"the proxy's clock is {apart:+.0f} s from this machine's: let NTP set both.")
    return "that of the site is as this machine's"


def certificate() -> str:
    """It is valid, and for a while."""
    parts = urlsplit(settings.PUBLIC_URL)
    if parts.scheme != "https":
        raise Doubtful("SOCIALAPP_URL is http: what people send can be read on the way. On the internet, use https.")
    address = (str(parts.hostname), parts.port or 443)
    with (
        socket.create_connection(address, timeout=TIMEOUT_S) as plain,
        ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) as secure,
    ):
        ends_at = ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"]))
    days = (ends_at - time.time()) / 86_400
    if ends_at - time.time() < ENDS_SOON_S:
        raise Doubtful(f"it ends in {days:.0f} days: look at what should have renewed it.")
    return f"valid for {days:.0f} days"


def mail() -> str:
    """The server lets us in; nothing is sent."""
    if env.mail_provider:
        return f"{env.mail_provider} is named; only sending shows whether it takes our mail: --mail-to ADDRESS"
    if not env.mail:
        raise Doubtful(f"none is sent: it is kept in {settings.MAIL_SHOWN_AT}. Set SOCIALAPP_MAIL_URL.")
    connection: Any = get_connection()
    connection.open()
    try:
        # smtplib's, once it is open.
        offers = connection.connection.has_extn("starttls")
    finally:
        connection.close()
    where = f"{env.mail.host}:{env.mail.port}"
    if offers and not (env.mail.tls or env.mail.starttls):
        raise Doubtful(f"{where} offers STARTTLS, and is spoken to in the clear: use port 587, or smtps://.")
    if env.mail.user and not (env.mail.tls or env.mail.starttls):
        raise Wrong(f"the password goes to {where} in the clear: use port 587, or smtps://.")
    how = "by TLS" if env.mail.tls or env.mail.starttls else "in the clear"
    return f"{where} answers {how}" + (", and lets us in" if env.mail.user else "")


def send_mail(address: str) -> str:
    """Send one, as the site does."""
    EmailMessage("A mail of socialapp's doctor", "It came. Nothing is to be done.\n", to=[address]).send()
    return f"one is on its way to {address}"


def push() -> str:
    """Push services of people's browsers answer, take our signature, and have an address at which they reach us."""
    if refused := Circuit.objects.filter(failures__gt=0, last_error=Reason.SIGNATURE_REFUSED).count():
        raise Wrong(
            f"the push services of {refused} browsers refuse our signature: look at SOCIALAPP_VAPID_CONTACT "
            f"({settings.VAPID_CONTACT}), and at the clock of the workers' hosts."
        )
    browsers = Endpoint.objects.filter(channel=ChannelName.PUSH, disabled_at=None).exclude(address="")
    services = {
        pushes.origin_of(address) for address in browsers.order_by("-pk").values_list("address", flat=True)[:NEWEST]
    }
    for service in sorted(services):
        try:
            safe_http.post(f"{service}/", b"", {})  # any answer will do
        except Failure as failure:
            raise Wrong(
                f"{service} cannot be reached ({failure.reason.label}): let workers reach the internet."
            ) from failure
    if settings.VAPID_CONTACT == STAND_IN_CONTACT:
        raise Doubtful(
            f"push services are given {STAND_IN_CONTACT}: set SOCIALAPP_VAPID_CONTACT, where they reach you."
        )
    answered = "".join(f"{service} answers; " for service in sorted(services))
    return f"{answered}push services reach you at {settings.VAPID_CONTACT}"


def settings_() -> str:
    """What `check --deploy` says."""
    found = [each for each in checks.run_checks(include_deployment_checks=True) if not each.is_silenced()]
    if found:
        raise Doubtful(" ".join(f"{each.id}: {each.msg}" for each in found))
    return "as check --deploy wants them"


CHECKS = {
    "settings": settings_,
    "proxy": proxy,
    "certificate": certificate,
    "clock: site": date,
    "mail": mail,
    "push": push,
}
