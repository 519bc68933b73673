"""The texts about the site, with what this installation is set to filled in."""

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from socialapp.about.models import SiteText, Subject

DRAFTS = Path(__file__).parent / "drafts"
_PLACE = re.compile(r"{{ *(\w+) *}}")


def text_of(subject: Subject, language: str) -> tuple[str, str]:
    """The operator's text in this language, or else in that of the site, or else the draft; and its language.

    A text that an operator wrote applies to everyone: no draft that contradicts it is shown, in any language.
    """
    wanted = [language, settings.LANGUAGE_CODE]
    written = dict(SiteText.objects.filter(subject=subject, language__in=wanted).values_list("language", "body"))
    for each in wanted:
        if each in written:
            return written[each], each
    return draft(subject, language), language


@cache
def draft(subject: str, language: str) -> str:
    """The text that comes with the software."""
    path = DRAFTS / language / f"{subject}.md"
    return (path if path.exists() else DRAFTS / settings.LANGUAGE_CODE / path.name).read_text()


def rendered(text: str) -> SafeString:
    """Render a text as HTML; HTML in the text itself is escaped. Links lead only to http, https and mail addresses."""
    html: str = _markdown().render(_PLACE.sub(_value, text))
    return mark_safe(html)  # noqa: S308  markdown-it escapes what is not Markdown


def values() -> dict[str, str]:
    """What may stand in double braces."""
    days = {
        "deleted_days": settings.KEEP_DELETED_POSTS.days,
        "delivery_days": settings.KEEP_DELIVERIES.days,
        "session_days": settings.SESSION_COOKIE_AGE // 86_400,
        "export_days": settings.KEEP_EXPORTS.days,
        "import_days": settings.KEEP_IMPORTS.days,
        "evidence_days": settings.KEEP_EVIDENCE.days,
        "left_days": settings.KEEP_LEFT_ACCOUNTS.days,
    }
    return {name: str(n) for name, n in days.items()} | {"versions": _versions(), "contact": _contact()}


def _value(place: re.Match[str]) -> str:
    return values().get(place[1], place[0])


def _versions() -> str:
    until = _("until you remove that version in the post's history, or delete the post")
    if settings.KEEP_VERSIONS is None:
        return until
    return f"{until}; {_('for %(n)d days at most') % {'n': settings.KEEP_VERSIONS.days}}"


def _contact() -> str:
    if not settings.CONTACT:
        return _("Whoever runs this site has not named a contact.")
    link = f"[{settings.CONTACT.removeprefix('mailto:')}]({settings.CONTACT})"
    return _("Write to %(contact)s.") % {"contact": link}


@cache
def _markdown() -> MarkdownIt:
    # No pictures: pages show none of other sites.
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
