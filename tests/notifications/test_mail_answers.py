"""What a mail server's answer means, wherever in the session it gives it: what real servers send."""

import pytest

from notifications.channels.base import Fault, PermanentFailure
from notifications.channels.mail_answers import Step, meaning

SERVER, DOUBTFUL, LATER = Fault.SERVER, Fault.DOUBTFUL, Fault.DELIVERY
DEAD, GONE = "dead", "gone"

ANSWERS: list[tuple[Step, int, str, Fault | str]] = [
    # What comes before RCPT is about us or about the server, whatever its number.
    (Step.SESSION, 421, "4.7.0 Try again later, closing connection", SERVER),
    (Step.SESSION, 554, "5.7.1 Service unavailable; client host blocked using zen.spamhaus.org", SERVER),
    (Step.SESSION, 535, "5.7.8 Username and Password not accepted", SERVER),
    (Step.SESSION, 530, "5.7.0 Must issue a STARTTLS command first", SERVER),
    (Step.SESSION, 550, "5.7.1 Sender not allowed", SERVER),
    (Step.SESSION, 553, "5.1.8 <noreply@us.example>: Sender address rejected: Domain not found", SERVER),
    (Step.SESSION, 501, "Syntactically invalid HELO argument(s)", SERVER),
    (Step.SESSION, 452, "4.3.1 Insufficient system storage", SERVER),
    (Step.SESSION, 552, "5.3.4 Message size exceeds fixed limit", DEAD),
    # RCPT: about the recipient.
    (Step.RECIPIENT, 550, "5.1.1 <ada@x.example>: Recipient address rejected: User unknown", GONE),
    (Step.RECIPIENT, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", GONE),
    (Step.RECIPIENT, 553, "5.1.2 We weren't able to find the recipient domain", GONE),
    (Step.RECIPIENT, 556, "5.1.10 Domain x.example does not accept mail (nullMX)", GONE),
    (Step.RECIPIENT, 550, "5.2.1 The email account that you tried to reach is disabled", GONE),
    (Step.RECIPIENT, 552, "5.2.2 The email account that you tried to reach is over quota", DEAD),
    (Step.RECIPIENT, 550, "5.4.1 Recipient address rejected: Access denied", DEAD),
    (Step.RECIPIENT, 550, "Unrouteable address", DEAD),
    (Step.RECIPIENT, 550, "No Such User Here", DEAD),
    (Step.RECIPIENT, 553, "sorry, no mailbox here by that name", DEAD),
    (Step.RECIPIENT, 550, "<relay-sender@x.example>: no such user", DEAD),
    # RCPT: about us.
    (Step.RECIPIENT, 554, "5.7.1 <ada@x.example>: Relay access denied", SERVER),
    (Step.RECIPIENT, 550, "5.7.1 relaying denied", SERVER),
    (Step.RECIPIENT, 550, "relay not permitted", SERVER),
    (Step.RECIPIENT, 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", DOUBTFUL),
    (Step.RECIPIENT, 550, "5.1.8 <noreply@us.example>: Sender address rejected: Domain not found", SERVER),
    (Step.RECIPIENT, 550, "5.1.0 <noreply@us.example>: Sender address rejected: User unknown in local table", SERVER),
    (Step.RECIPIENT, 550, "Access denied - Invalid HELO name", SERVER),
    (Step.RECIPIENT, 550, "5.4.5 Daily user sending limit exceeded", SERVER),
    (Step.RECIPIENT, 530, "5.7.0 Authentication required", SERVER),
    (Step.RECIPIENT, 550, "SMTP AUTH is required: authenticate first", SERVER),
    (Step.RECIPIENT, 503, "valid RCPT command must precede DATA", SERVER),
    (Step.RECIPIENT, 550, "5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", DOUBTFUL),
    (Step.RECIPIENT, 554, "transaction failed", DOUBTFUL),
    # RCPT: not now.
    (Step.RECIPIENT, 450, "4.2.0 <ada@x.example>: Recipient address rejected: Greylisted", LATER),
    (Step.RECIPIENT, 451, "4.7.1 Greylisting in action, please come back later", LATER),
    (Step.RECIPIENT, 450, "4.2.1 The user you are trying to contact is receiving mail too quickly", LATER),
    (Step.RECIPIENT, 452, "4.2.2 over quota", LATER),
    (Step.RECIPIENT, 450, "4.1.2 <ada@x.example>: Recipient address rejected: Domain not found", LATER),
    (Step.RECIPIENT, 451, "", LATER),
    (Step.RECIPIENT, 451, "4.3.0 Temporary lookup failure", DOUBTFUL),
    (Step.RECIPIENT, 450, "4.1.8 <noreply@us.example>: Sender address rejected: Domain not found", DOUBTFUL),
    (Step.RECIPIENT, 451, "4.7.1 Your host is greylisted, come back later", LATER),
    (Step.RECIPIENT, 454, "4.7.1 <ada@x.example>: Relay access denied", SERVER),
    (Step.RECIPIENT, 450, "4.7.1 Client host rejected: cannot find your hostname", DOUBTFUL),
    (Step.RECIPIENT, 421, "4.7.0 closing connection", SERVER),
    # DATA: about the mail.
    (Step.CONTENT, 550, "5.7.1 Our system has detected that this message is likely unsolicited mail", DEAD),
    (Step.CONTENT, 552, "5.7.0 blocked because its content presents a potential security issue", DEAD),
    (Step.CONTENT, 554, "5.6.0 Message content rejected", DEAD),
    (Step.CONTENT, 552, "5.2.3 Your message exceeded size limits", DEAD),
    (Step.CONTENT, 550, "5.1.1 no such mailbox", GONE),
    (Step.CONTENT, 552, "", DEAD),
    (Step.CONTENT, 554, "spam", DEAD),
    # DATA: about us, or we cannot know.
    (Step.CONTENT, 550, "5.4.5 Daily SMTP relay limit exceeded for user", SERVER),
    (Step.CONTENT, 554, "Message rejected: Email address is not verified. These failed: noreply@us.example", DOUBTFUL),
    (Step.CONTENT, 550, "5.7.26 This mail has been blocked because the sender is unauthenticated", DOUBTFUL),
    (Step.CONTENT, 550, "5.7.60 SMTP; Client does not have permissions to send as this sender", DOUBTFUL),
    (Step.CONTENT, 550, "5.7.1 Daily SMTP relay limit exceeded for customer", DOUBTFUL),
    (Step.CONTENT, 554, "5.2.252 SendAsDenied", SERVER),
    (Step.CONTENT, 451, "4.7.1 Service unavailable - try again later", DOUBTFUL),
    (Step.CONTENT, 421, "4.3.0 closing", SERVER),
]


@pytest.mark.parametrize(("step", "code", "text", "means"), ANSWERS)
def test_what_real_servers_say(step: Step, code: int, text: str, means: Fault | str) -> None:
    failure = meaning(step, code, text.encode())
    if isinstance(failure, PermanentFailure):
        assert means == (GONE if failure.ends_endpoint else DEAD)
    else:
        assert failure.fault == means
