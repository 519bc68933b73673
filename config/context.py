"""What every template may say of this installation."""

from django.conf import settings
from django.http import HttpRequest

from socialapp.web.pages import live_address


def everywhere(_request: HttpRequest) -> dict[str, object]:
    """`mail_shown_at`: the page or folder where mail is read until a mail server is named, else None.

    `public_url`: how the outside world knows this site.
    `live_address`: where the page listens to what happens elsewhere.
    """
    return {
        "mail_shown_at": settings.MAIL_SHOWN_AT,
        "public_url": settings.PUBLIC_URL,
        "live_address": live_address(),
    }
