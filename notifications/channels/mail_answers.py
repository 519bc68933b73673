"""Interprets answers of mail servers: a fault of the server or ours, of the recipient, or of this one mail.

By the command that it answers, by the enhanced code (RFC 3463; the list is at iana.org,
"SMTP Enhanced Status Codes"), and by the words of servers that send none. The test's table has what Postfix, Exim,
Exchange Online, Gmail, Yahoo and mail providers send.

What is about the server or about us (a wrong password, no right to relay, a daily limit, a suspended account) passes
once it is fixed: nothing may be lost meanwhile. What is about one recipient or one mail ends that delivery, and does
not count against the server. Everything that is not known to be about them is in doubt, and retried.
"""

import re
import smtplib
from enum import StrEnum

from notifications.channels.base import Fault, PermanentFailure, Receipt, TemporaryFailure
from notifications.models import Reason


class Step(StrEnum):
    """The command of the session that the server answers."""

    SESSION = "session"  # banner, EHLO, STARTTLS, AUTH, MAIL: before anybody is named
    RECIPIENT = "recipient"  # RCPT
    CONTENT = "content"  # DATA


# RFC 3463, 3.2: there is no such mailbox, here or any more. Others (full, disabled for a while) may pass.
_NO_SUCH_MAILBOX = {"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"}
# About the sender, at any step: Postfix checks the sender when it is given the recipient.
_SENDER = {"1.7", "1.8", "1.90", "2.252"}
# 5.4.5: Gmail's daily limit. 5.3.2: Exchange takes no mail at the moment.
_SERVER = {"3.0", "3.1", "3.2", "3.3", "3.5", "3.6", "3.7", "4.3", "4.5", "4.6", "4.14"}
_TOO_LARGE = {"3.4", "2.3"}
# RFC 5321: commands that the server does not know or wants in another order, authentication, no mail service here.
_ABOUT_US = {500, 501, 502, 503, 504, 521, 525, 530, 534, 535, 538, 555}
# RFC 5321 and 7504: not here, storage exceeded, no such name, a domain that takes no mail. 550 and 554 may be anything.
_OF_THE_MAILBOX = {551, 552, 553, 556}


def _any_of(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


# Servers without enhanced codes (Exim: "550 relay not permitted", "550 Sender verify failed"); Postfix without them.
WORDS_ABOUT_US = _any_of(
    r"relay(?![=,]| recipient)|rcpthosts|\b(?:un)?authenticat|\bSPF\b|DKIM|DMARC|\bHELO\b|\bEHLO\b|reverse DNS|\bPTR\b",
    r"\bsenders?\b|\bsending\b|(?<!tried )\bto send\b|\bsubmission|\bsent from\b|\bfrom your\b|mail ?from",
    r"\bfrom(?:\W+\w+)? address|\boutgoing|\boutbound|verif(?:y|ication) failed|callout",
    r"(?:not|be) (?:\w+ )?(?:verified|confirmed)",
    r"block ?list|black ?list|blocked using|spamhaus|spamcop|\bRBL\b|DNSBL|\blisted\b|reputation|\bIP address",
    r"your (?:\w+ )?(?:ip\b|host|domain|server|network|account|plan|subscription|credentials)|sandbox|\bactivate",
    r"n[o']t (?:\w+ )?(?:authori[sz]ed|permitted|allowed) to|unauthori[sz]ed|access denied: user",
    r"(?:daily|sending|hourly|monthly|rate) (?:\w+ )*(?:limit|quota)|rate.?limit|throttl|credits",
    r"message (?:rate |count )?(?:limit|quota)|(?:limit|quota) (?:\w+ )*(?:sending|sender|customer)|\bmax e-?mails",
    r"per (?:hour|day|minute)",
    r"too (?:many|much) (?:\w+ )?(?:mails?|e-?mails?|messages?|connections|errors|recipients|spam)",
)
_SENDER_REFUSED = _any_of(r"sender (?:address )?(?:rejected|verif)")
# Perhaps of our account, perhaps of theirs; or not for long.
_PERHAPS = _any_of(r"\baccount|suspend|\bblock|\block|on hold|paused|\blater\b|temporar|too quickly|at a rate")
_OF_RECIPIENT = _any_of(
    r"mail ?box|recipient|addressee|\binbox\b|no such|tried to reach|user unknown|unknown user|unroute?able",
    r"n[o']t (?:\w+ )?exist|doesn.t have a|delivery error|not a valid user|not local|no(?:body| ?one) here",
)
_OF_RECIPIENT_PERHAPS = _any_of(r"\busers?\b|\baddress\b")
_OF_MAIL = _any_of(
    r"spam|virus|malware|phish|unsolicited|content|attach|\bbulk\b|\bsize\b|too (?:large|big|long)",
    r"\bheaders?\b|\bbody\b|\bHTML\b|\bMIME\b|\bURLs?\b|\bsubject\b",
)
# Chosen by the recipient or their server, so no word about us.
_THEIRS = re.compile(r"\S*@\S*|\bsaid:.*", re.DOTALL)
_ADDRESS = re.compile(r"\S*@\S*")
_GREYLISTING = re.compile(r"gr[ae]ylist", re.IGNORECASE)
_ENHANCED = re.compile(r"^\s*#?(?:[245])\.(\d{1,3}\.\d{1,3})\b|\(#[245]\.(\d{1,3}\.\d{1,3})\)")


def failure_of(error: smtplib.SMTPException) -> TemporaryFailure | PermanentFailure:
    """Return the failure that an error of smtplib means."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return meaning(Step.RECIPIENT, code, text)
        case smtplib.SMTPDataError():
            return meaning(Step.CONTENT, error.smtp_code, error.smtp_error)
        case smtplib.SMTPResponseException():
            return meaning(Step.SESSION, error.smtp_code, error.smtp_error)
    return TemporaryFailure(Reason.MAIL_NOT_TAKEN, error=type(error).__name__)


def meaning(step: Step, code: int, text: bytes | str) -> TemporaryFailure | PermanentFailure:
    """Return the failure that an unsuccessful answer means."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    receipt = Receipt(code, words[:2_000])
    found = _ENHANCED.search(words)
    enhanced = (found[1] or found[2]) if found else ""
    fault = _fault(step, code, enhanced, words)
    if fault == Fault.DELIVERY and 500 <= code < 600:
        gone = step != Step.SESSION and enhanced in _NO_SUCH_MAILBOX
        if gone:
            return PermanentFailure(Reason.NO_MAILBOX, receipt, ends_endpoint=True)
        return PermanentFailure(Reason.MAIL_REFUSED, receipt, code=code)
    return TemporaryFailure(Reason.MAIL_PUT_OFF, receipt, fault=fault, code=code)


def _fault(step: Step, code: int, enhanced: str, words: str) -> Fault:
    if step == Step.SESSION:
        # RFC 1870: MAIL is given the size, and refuses this one mail.
        is_too_large = enhanced == "3.4" or (code == 552 and not enhanced and (of_mail(words) or not words.strip()))
        return Fault.DELIVERY if is_too_large else Fault.SERVER
    if code == 421 or not 400 <= code < 600:  # it closes the connection, or speaks no SMTP
        return Fault.SERVER
    ours = _THEIRS.sub("", words)
    if code < 500:
        about_us = WORDS_ABOUT_US.search(ours) and not _GREYLISTING.search(words)
        return _put_off(step, code, enhanced, about_us=bool(about_us))
    return _refused(step, code, enhanced, without_addresses(words), ours)


def without_addresses(words: str) -> str:
    """Return the server's own words: an address could contain any word."""
    return _ADDRESS.sub("", words)


def of_recipient(words: str) -> bool:
    """Return whether these words are about the recipient, and not possibly about our account."""
    return bool(_OF_RECIPIENT.search(words) or (_OF_RECIPIENT_PERHAPS.search(words) and not _PERHAPS.search(words)))


def of_mail(words: str) -> bool:
    """Return whether these words are about this one mail."""
    return bool(_OF_MAIL.search(words))


def _refused(step: Step, code: int, enhanced: str, words: str, ours: str) -> Fault:
    """Interpret a 5xx after MAIL. `ours` are the words of this server, without those it quotes from another."""
    subject = enhanced.partition(".")[0]
    if enhanced in _SENDER or enhanced in _SERVER:
        return Fault.SERVER
    # 5.1.0 is of any address: Postfix says it of a sender that it does not know, when it is given the recipient.
    is_named = subject == "1" and enhanced != "1.0" and of_recipient(words)
    if enhanced in _TOO_LARGE or subject == "6" or is_named:
        return Fault.DELIVERY
    if WORDS_ABOUT_US.search(ours) or code in _ABOUT_US:
        is_certain = _SENDER_REFUSED.search(ours) or not (subject in {"2", "4"} or of_recipient(words))
        return Fault.SERVER if step == Step.RECIPIENT and is_certain else Fault.DOUBTFUL
    return Fault.DELIVERY if _is_theirs(step, code, enhanced, words) else Fault.DOUBTFUL


def _is_theirs(step: Step, code: int, enhanced: str, words: str) -> bool:
    """Return whether an answer that is not about us is known to be about the recipient or the mail."""
    subject = enhanced.partition(".")[0]
    is_perhaps_ours = _PERHAPS.search(words) and not _OF_RECIPIENT.search(words)
    if subject in {"1", "2", "4"}:
        return not (subject == "2" and is_perhaps_ours)
    if step == Step.CONTENT and of_mail(words):
        return True
    if is_perhaps_ours or subject in {"3", "5", "7"}:  # of the system, the protocol, a policy
        return False
    return of_recipient(words) or (code in _OF_THE_MAILBOX and (step == Step.RECIPIENT or code == 552))


def _put_off(step: Step, code: int, enhanced: str, *, about_us: bool) -> Fault:
    """Interpret a 4xx: of a recipient, greylisting, a full mailbox or an unresolved name; of a mail, in doubt."""
    if step != Step.RECIPIENT or enhanced in _SENDER or enhanced in _SERVER:
        return Fault.DOUBTFUL
    if about_us:  # Postfix says "454 4.7.1 Relay access denied" unless it was configured to refuse for good
        return Fault.SERVER if code == 454 else Fault.DOUBTFUL
    return Fault.DELIVERY
