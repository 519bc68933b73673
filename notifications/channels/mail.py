"""Mail, through the backend that Django is configured with: SMTP, or a provider by django-anymail."""

import re
import smtplib
import unicodedata
from contextlib import suppress
from datetime import timedelta
from email.utils import formataddr
from urllib.parse import urlsplit

from anymail.exceptions import (
    AnymailAPIError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import ngettext

from notifications.channels.base import (
    Caps,
    Channel,
    Fault,
    OutgoingMessage,
    PermanentFailure,
    Receipt,
    Retries,
    TemporaryFailure,
)
from notifications.channels.mail_answers import WORDS_ABOUT_US, failure_of, of_mail, of_recipient, without_addresses
from notifications.models import ChannelName, Reason
from socialapp.mail import SevenBitMail, encoded

# Status codes with which providers refuse a mail; all others are about our account, our key or their state. These may
# be about our account as well: then the text of the answer says so, if anything. 413 means that the mail is too large.
_PERHAPS_OF_THE_MAIL = {400, 406, 413, 414, 415, 422, 431}
_TOO_LARGE = 413


# A pair that isolates a name (socialapp.text.cleaning.isolated), and stays; each other mark that turns the direction of
# text (UAX 9); and what ends a line or shows nothing.
_TURNS = re.compile(r"(\u2068[^\u202a-\u202e\u2066-\u2069]*\u2069)|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ENDS = {"Cc", "Cs", "Zl", "Zp"}


class Mail(Channel):
    """Mail is held for minutes, so that a burst is one mail, and activities read or undone meanwhile are not sent."""

    name, label = ChannelName.EMAIL, ChannelName.EMAIL.label
    retries = Retries(horizon=timedelta(hours=24), expires_after=timedelta(hours=48))
    delay = timedelta(minutes=3)
    batches_deliveries = True
    collapses = True
    caps = Caps(per_host=4, of_pace={})  # one server takes all of it, however slow it is
    shared_circuit = "email server"  # what fails is the server that takes our mail

    def send(self, outgoing: OutgoingMessage) -> Receipt:
        if not outgoing.address.rpartition("@")[0].isascii():
            # Django would write it as an encoded word, which is another mailbox, and few servers have SMTPUTF8.
            raise PermanentFailure(Reason.ADDRESS_NOT_ASCII, Receipt(553, "5.6.7 It needs SMTPUTF8 (RFC 6531)."))
        with translation.override(outgoing.language):
            mail = compose(outgoing)
        try:
            _open(mail)
            mail.send()
        except smtplib.SMTPException as error:
            raise failure_of(error) from error
        except AnymailRecipientsRefused as error:
            raise PermanentFailure(Reason.ADDRESS_REFUSED, ends_endpoint=True) from error
        except AnymailAPIError as error:
            raise _provider_failed(error) from error
        except (AnymailInvalidAddress, AnymailSerializationError):
            raise  # a mail that we should not have made
        except (OSError, AnymailError) as error:
            raise TemporaryFailure(Reason.MAIL_NOT_TAKEN, error=type(error).__name__) from error
        finally:
            if mail.connection:  # which Django leaves open when the server refuses us before the mail
                with suppress(smtplib.SMTPException, OSError):
                    mail.connection.close()
        return Receipt(250, "", f"Message-ID: {mail.extra_headers['Message-ID']}\nSubject: {mail.subject}")


def _open(mail: SevenBitMail) -> None:
    """Connect and log in. A wrong configuration (no key, not a host) is a temporary failure of the server."""
    try:
        mail.get_connection().open()  # type: ignore[attr-defined]  # the stubs lack it
    except (ImproperlyConfigured, ValueError) as error:  # a UnicodeError too: of a host's name or a password
        raise TemporaryFailure(Reason.MAIL_NOT_TAKEN, error=type(error).__name__) from error


def compose(outgoing: OutgoingMessage) -> SevenBitMail:
    """Compose text and HTML, with what RFC 8058 (one-click unsubscribe) and RFC 3834 (no auto-replies) ask for."""
    first, *others = outgoing.items
    subject = first.title
    if others:
        more = ngettext("%(first)s, and %(n)s more", "%(first)s, and %(n)s more", len(others))
        subject = more % {"first": first.title, "n": len(others)}
    context = {"outgoing": outgoing, "subject": subject, "public_url": settings.PUBLIC_URL}
    headers = {
        "Message-ID": f"<delivery-{outgoing.unique_id}@{urlsplit(settings.PUBLIC_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    if outgoing.unsubscribe:
        headers["List-Unsubscribe"] = f"<{outgoing.unsubscribe['']}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = SevenBitMail(
        subject=in_header(subject),
        body=render_to_string("notifications/mail.txt", context),
        to=[_address(outgoing.greeting, outgoing.address)],
        headers=headers,
    )
    mail.attach_alternative(render_to_string("notifications/mail.html", context), "text/html")
    return mail


def in_header(text: str) -> str:
    """Return a text for one line of a header, with no open direction marks; encoded words are shown as typed.

    Mail programs decode RFC 2047's `=?utf-8?q?…?=` even if a person typed it, so it is encoded again.
    """
    shown = "".join(" " if unicodedata.category(c) in _ENDS else c for c in _TURNS.sub(r"\1", text))
    line = " ".join(shown.split())
    return encoded(line) if "=?" in line else line


def _address(name: str, address: str) -> str:
    """Return name and address; a long name in several words, as RFC 2047 asks (`formataddr` makes one word)."""
    shown = in_header(name)
    return f"{encoded(shown)} <{address}>" if not shown.isascii() else formataddr((shown, address))


def _provider_failed(error: AnymailAPIError) -> TemporaryFailure | PermanentFailure:
    """Return the failure for a provider's answer. Faults of our account are temporary: the operator can fix them."""
    code = error.status_code
    receipt = Receipt(code, str(error)[:2_000])
    if code is None:  # no answer; or a provider (Amazon SES) whose library does not say which
        fault = Fault.SERVER if isinstance(error.__cause__, OSError) else Fault.DOUBTFUL
        return TemporaryFailure(Reason.PROVIDER_SILENT, receipt, fault=fault)
    words = without_addresses(str(error))
    of_this = code == _TOO_LARGE or of_recipient(words) or of_mail(words)
    if code in _PERHAPS_OF_THE_MAIL and of_this and not WORDS_ABOUT_US.search(words):
        return PermanentFailure(Reason.PROVIDER_ANSWERED, receipt, code=code)
    fault = Fault.DOUBTFUL if code in _PERHAPS_OF_THE_MAIL else Fault.SERVER
    return TemporaryFailure(Reason.PROVIDER_ANSWERED, receipt, fault=fault, code=code)
