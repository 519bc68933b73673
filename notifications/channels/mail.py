"""Mail: through whatever backend Django is set to, SMTP or a provider by django-anymail."""

import smtplib
from datetime import timedelta
from email.utils import formataddr
from urllib.parse import urlsplit

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy, ngettext

from notifications.channels.base import Channel, Outgoing, PermanentFailure, Receipt, Retries, TemporaryFailure

# RFC 5321, 4.2.3 and RFC 3463: there is no such mailbox, here or any more. Others (full, too big, spam) may pass.
_NO_SUCH_MAILBOX = (b"5.1.1", b"5.1.2", b"5.1.3", b"5.1.6", b"5.1.10", b"5.2.1")


class Mail(Channel):
    """Held for minutes and gathered: what was read or undone meanwhile is not sent, and a burst is one mail."""

    name = "email"
    label = gettext_lazy("Mail")
    retries = Retries(horizon=timedelta(hours=24), worthless_after=timedelta(hours=48))
    hold = timedelta(minutes=3)
    gathers = True
    replaces = True
    shared_circuit = "email server"  # what fails is the server that takes our mail

    def send(self, outgoing: Outgoing) -> Receipt:
        with translation.override(outgoing.language):
            mail = compose(outgoing)
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _refused(code, text) from error
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from error
        except AnymailRecipientsRefused as error:
            raise PermanentFailure("the address was refused", ends_endpoint=True) from error
        except AnymailAPIError as error:
            raise _provider_failed(error) from error
        except (smtplib.SMTPException, OSError, AnymailError) as error:
            raise TemporaryFailure(f"the mail server did not take it: {type(error).__name__}") from error
        return Receipt(250, "", f"Message-ID: {mail.extra_headers['Message-ID']}\nSubject: {mail.subject}")


def compose(outgoing: Outgoing) -> EmailMultiAlternatives:
    """Text and HTML, with what RFC 8058 (one-click unsubscribe) and RFC 3834 (no auto-replies) ask for."""
    first, *others = outgoing.notices
    subject = first.title
    if others:
        more = ngettext("%(first)s, and %(n)s more", "%(first)s, and %(n)s more", len(others))
        subject = more % {"first": first.title, "n": len(others)}
    context = {"outgoing": outgoing, "subject": subject, "public_url": settings.PUBLIC_URL}
    mail = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string("notifications/mail.txt", context),
        to=[formataddr((outgoing.greeting, outgoing.address))],
        headers={
            "Message-ID": f"<delivery-{outgoing.id}@{urlsplit(settings.PUBLIC_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{outgoing.unsubscribe['']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    mail.attach_alternative(render_to_string("notifications/mail.html", context), "text/html")
    return mail


def _refused(code: int, text: bytes | str) -> TemporaryFailure | PermanentFailure:
    said = text if isinstance(text, bytes) else text.encode()
    receipt = Receipt(code, said.decode("utf-8", "replace")[:2_000])
    if 500 <= code < 600:
        gone = said.lstrip().startswith(_NO_SUCH_MAILBOX)
        reason = "bounced: there is no such mailbox" if gone else f"refused with {code}"
        return PermanentFailure(reason, receipt, ends_endpoint=gone)
    return TemporaryFailure(f"put off with {code}", receipt)


def _provider_failed(error: AnymailAPIError) -> TemporaryFailure | PermanentFailure:
    code = error.status_code
    receipt = Receipt(code, str(error)[:2_000])
    if code is None or code in {408, 425, 429} or code >= 500 or code in {401, 403}:
        # A wrong key is the operator's to mend: nothing is lost meanwhile.
        return TemporaryFailure(f"the mail provider answered {code or 'nothing'}", receipt)
    return PermanentFailure(f"the mail provider answered {code}", receipt)
