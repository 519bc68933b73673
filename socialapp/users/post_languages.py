"""The languages that a form offers for what people write: each by its code of BCP 47 and its own name."""

from functools import cache

from django.conf.locale import LANG_INFO
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

LANGUAGE_LENGTH = 35
# A tag of BCP 47 as far as its form goes: a language, and subtags of it.
is_language = RegexValidator(
    r"\A[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8})*\Z", _("This is no code of a language. It must look like de or pt-BR.")
)


@cache
def _named() -> dict[str, str]:
    named = {code: info["name_local"] for code, info in LANG_INFO.items() if "name_local" in info}
    return dict(sorted(named.items(), key=lambda pair: pair[1].casefold()))


def choices() -> list[tuple[str, str]]:
    """The choices of a form: no language first, then each by its own name."""
    return [("", gettext("Not said")), *((code, name[:1].upper() + name[1:]) for code, name in _named().items())]


def is_offered(code: str) -> bool:
    """Whether the form has this language."""
    return code in _named()
