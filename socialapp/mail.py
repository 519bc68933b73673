"""Mail that every server takes."""

from email import charset

from django.core.mail import EmailMessage

# Quoted-printable: Django sends text of eight bits without announcing it, which a strict server refuses (RFC 6152).
SEVEN_BIT = charset.Charset("utf-8")
SEVEN_BIT.body_encoding = charset.QP


def in_seven_bits(mail: EmailMessage) -> EmailMessage:
    """The same mail, encoded so that no server between us and its reader need take more than ASCII."""
    mail.encoding = SEVEN_BIT
    return mail
