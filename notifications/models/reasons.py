"""Why somebody was not notified, or not yet. Rows keep a code and what varies; the sentence is made when shown."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """A code, and its sentence with `%(…)s` for what varies: the other side's answer, or another reason.

    To add one, add a member here, and its row to docs/delivery.md, in the same place. Codes are what programs and
    admins filter by, so none is renamed.
    """

    # Unwanted (notifications.inbox.sql, notifications.deliveries.sql).
    BLOCKED = "blocked", _("blocked")
    MUTED = "muted", _("muted")
    SUSPENDED = "suspended", _("suspended")
    NOT_WANTED = "not_wanted", _("not wanted")
    STRANGER = "stranger", _("from a stranger: it waits in a box of its own")
    STRANGER_DROPPED = "stranger_dropped", _("from a stranger, and dropped")
    FILTERED = "filtered", _("it has a word that you muted")
    APPROVED = "approved", _("you approved it yourself")
    READ = "read", _("read")
    TAKEN_BACK = "taken_back", _("taken back")
    BELL_OFF = "bell_off", _("the bell is off")
    POST_GONE = "post_gone", _("the post is gone")
    NOT_VISIBLE = "not_visible", _("the post is not for you any more")
    ACCOUNT_CLOSED = "account_closed", _("the account is closed")
    ACCOUNT_DELETED = "account_deleted", _("the account is deleted")
    ACCESS_REVOKED = "access_revoked", _("access was revoked")
    ADDRESS_UNCONFIRMED = "address_unconfirmed", _("the address is not confirmed")
    ENDPOINT_DISABLED = "endpoint_disabled", _("the endpoint is disabled")
    LOGGED_OUT = "logged_out", _("logged out there")
    FAN_OUT_CANCELLED = "fan_out_cancelled", _("the fan-out was cancelled")
    # Held (notifications.deliveries.recheck).
    QUIET_HOURS = "quiet_hours", _("quiet hours")
    DIGEST = "digest", _("digest")
    # Given up (notifications.deliveries.outcome, maintenance).
    EXPIRED = "expired", _("not sent in time")
    GAVE_UP = "gave_up", _("gave up: %(why)s")
    KEPT_FAILING = "kept_failing", _("failed for %(days)s days: %(why)s")
    DEFECT = "defect", _("a defect here: %(error)s")
    # Disabled by its owner, or by a mail provider's report (notifications.endpoints.operations, bounces).
    TURNED_OFF = "turned_off", _("turned off by you")
    NO_MAILBOX = "no_mailbox", _("bounced: there is no such mailbox")
    CALLED_SPAM = "called_spam", _("you called our mail spam")
    UNSUBSCRIBED = "unsubscribed", _("you unsubscribed at your mail provider")
    # Mail (notifications.channels.mail).
    ADDRESS_NOT_ASCII = "address_not_ascii", _("the address is not of ASCII")
    ADDRESS_REFUSED = "address_refused", _("the address was refused")
    MAIL_NOT_TAKEN = "mail_not_taken", _("the mail server did not take it: %(error)s")
    PROVIDER_ANSWERED = "provider_answered", _("the mail provider answered %(code)s")
    PROVIDER_SILENT = "provider_silent", _("the mail provider answered nothing")
    MAIL_REFUSED = "mail_refused", _("refused with %(code)s")
    MAIL_PUT_OFF = "mail_put_off", _("put off with %(code)s")
    # Push (notifications.channels.push).
    SUBSCRIPTION_ENDED = "subscription_ended", _("the browser ended its subscription")
    PUSH_ANSWERED = "push_answered", _("the push service answered %(code)s")
    SIGNATURE_REFUSED = "signature_refused", _("the push service refuses our signature: %(code)s")
    KEYS_UNUSABLE = "keys_unusable", _("the subscription's keys are not usable")
    OTHER_KEY = "other_key", _("the subscription was made for another key of this site")
    # Webhooks, and all that is posted to an address (notifications.channels.webhook, safe_http).
    GONE = "gone", _("the endpoint answered 410: gone")
    REDIRECTED = "redirected", _("answered %(code)s: redirects are not followed")
    ANSWERED = "answered", _("answered %(code)s")
    NO_PUBLIC_ADDRESS = "no_public_address", _("the name %(host)s has no public address")
    NAME_SERVER_SILENT = "name_server_silent", _("the name server does not answer")
    NO_ANSWER = "no_answer", _("no answer in time")
    CONNECTION_REFUSED = "connection_refused", _("connection refused")
    TLS_FAILED = "tls_failed", _("TLS failed: is the certificate valid?")
    CONNECTION_BROKE = "connection_broke", _("the connection broke off")
    NOT_AN_ADDRESS = (
        "not_an_address",
        _("This is not a web address. It must look like https://example.org/hook."),
    )
    PASSWORD_IN_ADDRESS = "password_in_address", _("Leave the password out of the address: we sign what we send.")
    NOT_HTTPS = "not_https", _("The address must begin with https://.")
    PORT_REFUSED = "port_refused", _("The address may only use port 443 or 8443.")
    NOT_PUBLIC = "not_public", _("This address is not on the public internet.")


def sentence(code: str, values: Mapping[str, Any]) -> str:
    """The reason in the active language. A code of a newer version is shown as it is, a missing value as …"""
    if code not in Reason:
        return code
    shown = {name: sentence(**value) if isinstance(value, dict) else value for name, value in values.items()}
    return str(Reason(code).label) % defaultdict(lambda: "…", shown)


def nested(code: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A reason as a value of another one."""
    return {"code": str(code), "values": dict(values)}
