"""Times, counts and long texts, as people read them."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from socialapp.text.cleaning import isolated
from socialapp.text.excerpts import shorten

register = template.Library()

FOLD_CHARACTERS = 700
FOLD_LINES = 14
_SCALES = ((1_000_000_000, "billions"), (1_000_000, "millions"), (1_000, "thousands"))


@register.filter
def compact(count: int) -> str:
    """Shorten a count: 999, 1.2K, 34K, 5.6M, always rounded down."""
    for size, scale in _SCALES:
        if count >= size:
            tenths = count * 10 // size
            is_whole = tenths >= 100 or tenths % 10 == 0
            return _scales()[scale].replace("#", number_format(tenths // 10 if is_whole else tenths / 10))
    return str(count)


@register.filter
def grouped(count: int) -> str:
    """Return the whole count, as the language groups its digits: 1,234,567."""
    return number_format(count, force_grouping=True)


def _scales() -> dict[str, str]:
    """Return the translated words, in which # is the number."""
    return {"thousands": _("#K"), "millions": _("#M"), "billions": _("#B")}


@register.simple_tag
def ago(at: datetime) -> SafeString:
    """Show how long ago it was, with the exact time on hover."""
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, "WHOLE_FORMAT") + f" {local.tzname()}",
        time_in_words(local, timezone.localtime()),
    )


def time_in_words(at: datetime, now: datetime) -> str:
    """Return a time in words: just now, 5 min ago, 3 h ago, yesterday, 4 days ago, 12 May, 12 May 2024."""
    past = now - at
    words = _words()
    if past < timedelta(minutes=1):
        return words["now"]
    if past < timedelta(hours=1):
        return words["minutes"].replace("#", str(past // timedelta(minutes=1)))
    days = (now.date() - at.date()).days
    if past < timedelta(hours=12) or days == 0:
        return words["hours"].replace("#", str(past // timedelta(hours=1)))
    if days == 1:
        return words["yesterday"]
    if days < 7:
        return words["days"].replace("#", str(days))
    return date_format(at, "MONTH_DAY_FORMAT" if at.year == now.year else "DATE_FORMAT")


def _words() -> dict[str, str]:
    """Return the translated words, in which # is the number."""
    return {
        "now": _("just now"),
        "minutes": _("# min ago"),
        "hours": _("# h ago"),
        "yesterday": _("yesterday"),
        "days": _("# days ago"),
    }


@register.simple_tag
def time_words() -> SafeString:
    """Return these words and the current time as attributes, for the scripts that update times and counts."""
    now_ms = int(timezone.now().timestamp() * 1000)
    return format_html_join("", ' data-{}="{}"', [*_words().items(), *_scales().items(), ("at", now_ms)])


@register.filter
def excerpt(text: str, length: int) -> str:
    """Return the beginning of a text, to be shown within another."""
    return isolated(shorten(text, length))


@register.filter
def is_long(text: str) -> bool:
    """Return whether a text is too long for a list."""
    return beginning(text) != text


@register.filter
def beginning(text: str) -> str:
    """Return the first lines of a long text, as `shorten` ends it, or the whole text if it is not long."""
    if len(text) <= FOLD_CHARACTERS + 100 and text.count("\n") <= FOLD_LINES + 2:
        return text
    lines = "\n".join(text.split("\n")[:FOLD_LINES]).rstrip()
    folded = shorten(lines, FOLD_CHARACTERS, whole_links=True)
    return f"{folded} …" if folded == lines != text.rstrip() else folded
