"""How people and push services can contact the operators of this site."""

import os
import re
from email.utils import parseaddr
from functools import cached_property
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.env.hosts import has_host, is_mail_address
from config.env.mail import Mails
from config.env.reading import parts_of

# The contact for push services about a site that is not on the internet. They want an address whose host exists.
STAND_IN_CONTACT = "mailto:socialapp@example.org"
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})", re.IGNORECASE)
_NO_CONTACT = ' <>"\t\r\n\\'
# RFC 6761 and IANA's list of special-use names; `lan`, `home`, `corp` and `localdomain` are in wide private use.
_NEVER_PUBLIC = {
    "alt", "arpa", "corp", "home", "internal", "invalid", "lan", "local", "localdomain", "localhost", "onion", "test",
}  # fmt: skip


class Contacts(Mails):
    """The contact for people, and the one for push services; each may be that of the mails' sender."""

    @cached_property
    def contact(self) -> str:
        """The contact, a mailto: or https: address; empty if none is set, and the sender of mails takes no answers."""
        sender = parseaddr(os.environ.get("SOCIALAPP_MAIL_FROM", ""))[1]
        answers = not sender.lower().startswith(("noreply", "no-reply"))
        named = os.environ.get("SOCIALAPP_CONTACT") or (sender if answers else "")
        if named and not named.startswith(("https://", "mailto:")):
            named = f"mailto:{named}"
        parts = parts_of("SOCIALAPP_CONTACT", named)
        if named and not (is_mail_address(parts.path) if parts.scheme == "mailto" else has_host(parts)):
            raise ImproperlyConfigured("SOCIALAPP_CONTACT must look like help@example.org or https://example.org/help.")
        return named

    @cached_property
    def vapid_contact(self) -> str:
        """The contact that is set; else the sender of mails or this site, if on the internet; else STAND_IN_CONTACT."""
        if named := os.environ.get("SOCIALAPP_VAPID_CONTACT"):
            if not _is_contact(named):
                raise ImproperlyConfigured(
                    f"SOCIALAPP_VAPID_CONTACT: {named} must look like mailto:me@example.org or https://example.org, "
                    "with a host that is on the internet: push services refuse all others."
                )
            return named
        ours = (f"mailto:{parseaddr(self.mail_from)[1]}", self.public_url)
        return next((contact for contact in ours if _is_contact(contact)), STAND_IN_CONTACT)


def _is_contact(contact: str) -> bool:
    """Whether all push services take it as the `sub` of RFC 8292, 2.1. Apple's takes no host that has no address."""
    scheme, _, rest = contact.partition(":")
    if scheme == "mailto":
        return is_mail_address(rest) and _is_public_name(rest.rpartition("@")[2])
    if scheme != "https" or not contact.isascii() or any(letter in contact for letter in _NO_CONTACT):
        return False
    try:
        parts = urlsplit(contact)
        if parts.port == 0:
            return False
    except ValueError:  # none of 65,535
        return False
    return parts.username is None and _is_public_name(parts.hostname or "")


def _is_public_name(host: str) -> bool:
    """Whether it can be a name of the public internet: no address, no single word, no name that is kept for others."""
    labels = host.lower().split(".")
    return bool(_NAME.fullmatch(host)) and labels[-1] not in _NEVER_PUBLIC
