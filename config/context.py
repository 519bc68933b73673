"""What every template may say of this installation."""

from django.conf import settings
from django.http import HttpRequest


def everywhere(_request: HttpRequest) -> dict[str, object]:
    """`mail_folder`: where mail lies until SMTP is configured, else None."""
    return {"mail_folder": settings.MAIL_FOLDER}
