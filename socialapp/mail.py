"""Mail in an encoding that every server accepts."""

from email import charset
from email.header import Header
from typing import Any

from django.core.mail import EmailMultiAlternatives

# Quoted-printable: Django sends text of eight bits without announcing it, which a strict server refuses (RFC 6152).
SEVEN_BIT = charset.Charset("utf-8")
SEVEN_BIT.body_encoding = charset.QP


class SevenBitMail(EmailMultiAlternatives):
    """A mail encoded so that no server on its way needs to accept more than ASCII, or long words in a header."""

    encoding = SEVEN_BIT

    def message(self, **options: Any) -> Any:
        """The message as it is sent."""
        found, subject = super().message(**options), str(self.subject)
        if not subject.isascii():
            found.replace_header("Subject", encoded(subject))
        return found


def encoded(line: str) -> str:
    """A header as encoded words (RFC 2047, 2), each shorter than the 76 characters allowed: Django's may be longer."""
    return " ".join(Header(line, "utf-8", maxlinelen=60).encode().split())
