"""Why something was not told, in the language of who asks.

Rows keep the English reason, which programs and admins search by. This is the table
of all that there are; `%(…)s` stands for what varies, and may itself be a reason.
"""

import re
from functools import cache

from django.utils.translation import gettext, gettext_noop

REASONS = [
    # Nobody wants it (notifications.inbox.sql, planning, asking).
    gettext_noop("blocked"),
    gettext_noop("muted"),
    gettext_noop("suspended"),
    gettext_noop("not wanted"),
    gettext_noop("read"),
    gettext_noop("taken back"),
    gettext_noop("the bell is off"),
    gettext_noop("the post is gone"),
    gettext_noop("the account is closed"),
    gettext_noop("the account is deleted"),
    gettext_noop("access was revoked"),
    gettext_noop("the address is not confirmed"),
    gettext_noop("the endpoint is disabled"),
    gettext_noop("logged out there"),
    gettext_noop("the fan-out was cancelled"),
    # Held (notifications.preferences.quiet_hours).
    gettext_noop("quiet hours"),
    gettext_noop("digest"),
    # Given up (notifications.deliveries.outcome, housekeeping).
    gettext_noop("not sent in time"),
    gettext_noop("gave up: %(why)s"),
    gettext_noop("failed for %(days)s days: %(why)s"),
    gettext_noop("a defect here: %(error)s"),
    # By its owner, or by a mail provider's word (notifications.endpoints.operations, bounces).
    gettext_noop("turned off by you"),
    gettext_noop("bounced: there is no such mailbox"),
    gettext_noop("the address is not of ASCII"),
    gettext_noop("you called our mail spam"),
    gettext_noop("you unsubscribed at your mail provider"),
    # Mail (notifications.channels.mail).
    gettext_noop("the address was refused"),
    gettext_noop("the mail server did not take it: %(error)s"),
    gettext_noop("the mail provider answered %(code)s"),
    gettext_noop("refused with %(code)s"),
    gettext_noop("put off with %(code)s"),
    # Push (notifications.channels.push).
    gettext_noop("the browser ended its subscription"),
    gettext_noop("the push service answered %(code)s"),
    gettext_noop("the push service refuses our signature: %(code)s"),
    gettext_noop("the subscription's keys are not usable"),
    gettext_noop("the subscription was made for another key of this site"),
    # Webhooks, and all that goes outside (notifications.channels.webhook, outside).
    gettext_noop("the endpoint answered 410: gone"),
    gettext_noop("answered %(code)s: redirects are not followed"),
    gettext_noop("answered %(code)s"),
    gettext_noop("the name %(host)s has no public address"),
    gettext_noop("the name %(host)s has no address"),
    gettext_noop("the name server does not answer"),
    gettext_noop("%(host)s is not on the public internet"),
    gettext_noop("no answer in time"),
    gettext_noop("connection refused"),
    gettext_noop("TLS failed: is the certificate valid?"),
    gettext_noop("the connection broke off"),
    gettext_noop("This is not a web address. It must look like https://example.org/hook."),
    gettext_noop("Leave the password out of the address: we sign what we send."),
    gettext_noop("The address must begin with https://."),
    gettext_noop("The address may only use port 443 or 8443."),
    gettext_noop("This address is not on the public internet."),
]


def told(reason: str) -> str:
    """A stored reason in the active language; what is none (another side's answer) stays as it is."""
    for form, pattern in _patterns():
        if found := pattern.fullmatch(reason):
            return gettext(form) % {name: told(value) for name, value in found.groupdict().items()}
    return reason


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    def pattern(form: str) -> re.Pattern[str]:
        return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(form)), re.DOTALL)

    return [(form, pattern(form)) for form in REASONS]
