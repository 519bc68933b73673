"""Mail that every server takes."""

from email import charset
from email.header import Header
from email.message import Message

from django.core.mail import EmailMultiAlternatives

# Quoted-printable: Django sends text of eight bits without announcing it, which a strict server refuses (RFC 6152).
SEVEN_BIT = charset.Charset("utf-8")
SEVEN_BIT.body_encoding = charset.QP


class SevenBitMail(EmailMultiAlternatives):
    """Encoded so that no server between us and its reader need take more than ASCII, nor long words in a header."""

    encoding = SEVEN_BIT

    def message(self) -> Message:
        """As it is sent."""
        found: Message = super().message()
        if not self.subject.isascii():
            found.replace_header("Subject", encoded(self.subject))
        return found


def encoded(line: str) -> str:
    """As words of RFC 2047, 2, each shorter than the 76 characters that it allows: Django's own may be longer."""
    return " ".join(Header(line, "utf-8", maxlinelen=60).encode().split())
