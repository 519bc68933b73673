"""What a mail server means: a fault of its own or ours, of the recipient, or of this one mail.

By where in the session it says it, and by the enhanced code (RFC 3463; the list is at iana.org,
"SMTP Enhanced Status Codes"). The examples are what Postfix, Exim, Exchange Online and Gmail send.

What is about the server or about us (a wrong password, no right to relay, a daily limit) passes when
somebody mends it: nothing may be lost meanwhile. What is about one recipient or one mail ends that
delivery, and says nothing of the server.
"""

import re
import smtplib
from enum import StrEnum

from notifications.channels.base import Fault, PermanentFailure, Receipt, TemporaryFailure


class Step(StrEnum):
    """Where in the session it answers."""

    SESSION = "session"  # banner, EHLO, STARTTLS, AUTH, MAIL: before anybody is named
    RECIPIENT = "recipient"  # RCPT
    CONTENT = "content"  # DATA


# RFC 3463, 3.2: there is no such mailbox, here or any more. Others (full, disabled for a while) may pass.
_NO_SUCH_MAILBOX = {"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"}
# Of the sender, at whichever step: Postfix checks the sender when it is given the recipient.
_SENDER = {"1.7", "1.8", "1.90", "2.252"}
# 5.4.5: Gmail's daily limit. 5.3.2: Exchange takes no mail at the moment.
_SERVER = {"3.0", "3.1", "3.2", "3.3", "3.5", "3.6", "3.7", "4.3", "4.5", "4.6", "4.14"}
_TOO_LARGE = {"3.4", "2.3"}
# RFC 5321: commands that the server does not know or wants in another order, authentication, no mail service here.
_ABOUT_US = {500, 501, 502, 503, 504, 521, 530, 534, 535, 538, 555}
# Servers without enhanced codes (Exim: "550 relay not permitted", "550 Sender verify failed"); Postfix without them.
WORDS_ABOUT_US = re.compile(
    r"relay|\bauthenticat|\bsender\b|\bSPF\b|DMARC|blocklist|blacklist|\blisted\b|your (?:ip|host|domain)"
    r"|\bHELO\b|\byour account\b|(?:is not|must be) verified"
    r"|(?:daily|sending|hourly|rate) (?:\w+ )*(?:limit|quota)|(?:limit|quota) (?:\w+ )*(?:sending|sender|customer)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\S*@\S*")  # chosen by the recipient, so no word about us
_GREYLISTING = re.compile(r"gr[ae]ylist", re.IGNORECASE)
_ENHANCED = re.compile(r"^\s*(?:[245])\.(\d{1,3}\.\d{1,3})\b|\(#[245]\.(\d{1,3}\.\d{1,3})\)")


def failure_of(error: smtplib.SMTPException) -> TemporaryFailure | PermanentFailure:
    """What an error of smtplib means."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return meaning(Step.RECIPIENT, code, text)
        case smtplib.SMTPDataError():
            return meaning(Step.CONTENT, error.smtp_code, error.smtp_error)
        case smtplib.SMTPResponseException():
            return meaning(Step.SESSION, error.smtp_code, error.smtp_error)
    return TemporaryFailure(f"the mail server did not take it: {type(error).__name__}")


def meaning(step: Step, code: int, text: bytes | str) -> TemporaryFailure | PermanentFailure:
    """What an answer that is no success means."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    receipt = Receipt(code, words[:2_000])
    found = _ENHANCED.search(words)
    enhanced = (found[1] or found[2]) if found else ""
    fault = _fault(step, code, enhanced, words)
    if fault == Fault.DELIVERY and 500 <= code < 600:
        gone = step != Step.SESSION and enhanced in _NO_SUCH_MAILBOX
        reason = "bounced: there is no such mailbox" if gone else f"refused with {code}"
        return PermanentFailure(reason, receipt, ends_endpoint=gone)
    return TemporaryFailure(f"put off with {code}", receipt, fault=fault)


def _fault(step: Step, code: int, enhanced: str, words: str) -> Fault:
    if step == Step.SESSION:
        # RFC 1870: MAIL is given the size, and refuses this one mail.
        return Fault.DELIVERY if enhanced == "3.4" or (code == 552 and not enhanced) else Fault.SERVER
    if code == 421 or not 400 <= code < 600:  # it closes the connection, or speaks no SMTP
        return Fault.SERVER
    about_us = bool(WORDS_ABOUT_US.search(_ADDRESS.sub("", words)))
    if code < 500:
        return _put_off(step, code, enhanced, about_us=about_us and not _GREYLISTING.search(words))
    return _refused(step, code, enhanced, about_us=about_us)


def _refused(step: Step, code: int, enhanced: str, *, about_us: bool) -> Fault:
    """5xx after MAIL."""
    subject, _, detail = enhanced.partition(".")
    if enhanced in _SENDER or enhanced in _SERVER:
        return Fault.SERVER
    # 5.1.0 is of any address: Postfix says it of a sender that it does not know, when it is given the recipient.
    of_the_sender = enhanced == "1.0" and about_us
    if enhanced in _TOO_LARGE or (subject in {"1", "2", "4", "6"} and not of_the_sender):
        return Fault.DELIVERY
    if about_us or code in _ABOUT_US:
        return Fault.SERVER if step == Step.RECIPIENT else Fault.DOUBTFUL
    if subject == "7":
        # Of a mail it is spam or a virus; 5.7.8 and on are credentials, SPF, DKIM, DMARC, addresses of bad repute.
        return Fault.DELIVERY if step == Step.CONTENT and int(detail) < 8 else Fault.DOUBTFUL
    # Without an enhanced code, 550 to 553 are of the mailbox, and 554 ("transaction failed") is not.
    is_doubtful = subject in {"3", "5"} or (step == Step.RECIPIENT and code == 554)
    return Fault.DOUBTFUL if is_doubtful else Fault.DELIVERY


def _put_off(step: Step, code: int, enhanced: str, *, about_us: bool) -> Fault:
    """4xx: of a recipient it is greylisting, a full mailbox, a name that is not found now; of a mail we cannot know."""
    if step != Step.RECIPIENT or enhanced in _SENDER or enhanced in _SERVER:
        return Fault.DOUBTFUL
    if about_us:  # Postfix says "454 4.7.1 Relay access denied" unless it was configured to refuse for good
        return Fault.SERVER if code == 454 else Fault.DOUBTFUL
    return Fault.DELIVERY
