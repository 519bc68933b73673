"""Mails about accounts, in the layout of those about notifications."""

import logging
import re
import smtplib
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from allauth.core import context
from anymail.exceptions import AnymailError
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone, translation

from socialapp.mail import SevenBitMail
from socialapp.users.browsers import browser_name
from socialapp.users.models import Person
from socialapp.users.places import with_place
from socialapp.web.hosts import client_address

logger = logging.getLogger(__name__)

NOT_TAKEN = (smtplib.SMTPException, OSError, AnymailError)
_LINK = re.compile(r"https?://\S+\Z")


def site_name() -> str:
    """The site's host; on a machine without a name, the name of the software."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    is_name = not re.fullmatch(r"[\d.]+|.*:.*|localhost", host)
    return host if is_name else "socialapp"


def compose(template: str, email: str, values: dict[str, Any]) -> SevenBitMail:
    """A mail, as text and HTML, of `account/email/<name>_subject.txt` and `…_message.txt`, in the active language.

    Paragraphs are separated by an empty line; one that is only an address becomes a button.
    """
    about = {"email": email, "site": site_name(), "public_url": settings.PUBLIC_URL}
    subject = " ".join(render_to_string(f"{template}_subject.txt", about | values).split())
    text = render_to_string(f"{template}_message.txt", about | values).strip()
    paragraphs = [{"text": part, "is_link": bool(_LINK.match(part))} for part in re.split(r"\n\s*\n", text)]
    around = {**about, "subject": subject, "text": text, "paragraphs": paragraphs}
    mail = SevenBitMail(
        subject=subject,
        body=render_to_string("account/email/mail.txt", around),
        to=[email],
        headers={
            "Auto-Submitted": "auto-generated",
            # With the site's host: this machine may be called localhost, and such mail looks like spam.
            "Message-ID": make_msgid(domain=urlsplit(settings.PUBLIC_URL).hostname),
        },
    )
    mail.attach_alternative(render_to_string("account/email/mail.html", around), "text/html")
    return mail


def circumstances() -> dict[str, Any]:
    """When it is and, in a request, from which address and with which browser: what a mail about access says."""
    request: HttpRequest | None = context.request
    if request is None:
        return {"timestamp": timezone.now()}
    browser = browser_name(request.headers.get("User-Agent", ""))
    return {"timestamp": timezone.now(), "ip": with_place(client_address(request)), "browser": browser}


def notify(person: Person, name: str, *, to: str = "", **more: Any) -> None:
    """Mail somebody about a change of their account. A mail server that is away does not undo the change.

    `to` is the address if it is not their main one.
    """
    if mail := composed(person, name, to=to, **more):
        send(mail)


def composed(person: Person, name: str, *, to: str = "", **more: Any) -> SevenBitMail | None:
    """The mail of `notify`, to be sent later, when the account may be gone. None without an address."""
    from socialapp.users.languages import language_of  # which names the adapter that sends these mails

    address = to or EmailAddress.objects.get_primary_email(person)
    if not address:
        return None
    with translation.override(language_of(person)):
        return compose(f"account/email/{name}", address, {"user": person, **circumstances(), **more})


def send(mail: SevenBitMail) -> None:
    """Send a mail about an account. One that is not taken is logged, and undoes nothing."""
    try:
        mail.send()
    except NOT_TAKEN as error:
        logger.warning("A mail about an account was not taken: %s", error)


def on_email_added(*, user: Person, email_address: EmailAddress, **_signal: Any) -> None:
    """Mail the main address about another one, which could reset the password once it is confirmed."""
    notify(user, "email_added", added_email=email_address.email)


def on_email_removed(*, user: Person, email_address: EmailAddress, **_signal: Any) -> None:
    """Mail an address of somebody that it is theirs no longer; allauth mails the main one."""
    if email_address.verified:
        notify(user, "email_deleted", to=email_address.email, deleted_email=email_address.email)
