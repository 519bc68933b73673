"""The hook for a proof that a person signs up: SOCIALAPP_CAPTCHA names a class like `Captcha`. There is none otherwise.

One that asks another site sends that site's operator the address of each visitor; the content policy of our
pages stops it as well, and so it should.
"""

from functools import cache
from typing import Protocol

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string


class Captcha(Protocol):
    """What shows a question and checks the answer."""

    def field(self, request: HttpRequest) -> forms.Field:
        """Return the field of the form. Its label, help text and widget say and show what is asked."""

    def is_passed(self, request: HttpRequest, value: object) -> bool:
        """Whether the cleaned value of the field is right. Called once for each form that is sent."""


def captcha() -> Captcha | None:
    """Return the one of this site, if it has one."""
    return _made(settings.CAPTCHA) if settings.CAPTCHA else None


@cache
def _made(path: str) -> Captcha:
    made: Captcha = import_string(path)()
    return made
