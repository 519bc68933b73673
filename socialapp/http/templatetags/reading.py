"""Times, counts and long texts, as people read them."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

FOLD_CHARACTERS = 700
FOLD_LINES = 14
_SCALES = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K"))


@register.filter
def compact(count: int) -> str:
    """999, 1.2K, 34K, 5.6M: never more than is there."""
    for size, letter in _SCALES:
        if count >= size:
            tenths = count * 10 // size
            return f"{tenths // 10}{letter}" if tenths >= 100 or tenths % 10 == 0 else f"{tenths / 10}{letter}"
    return str(count)


@register.simple_tag
def ago(at: datetime) -> SafeString:
    """How long ago, exact on hover."""
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{local:%A}, {local.day} {local:%B %Y, %H:%M} {local.tzname()}",
        time_in_words(local, timezone.localtime()),
    )


def time_in_words(at: datetime, now: datetime) -> str:
    """Just now, 5 min ago, 3 h ago, yesterday, 4 days ago, 12 May, 12 May 2024."""
    past = now - at
    if past < timedelta(minutes=1):
        return "just now"
    if past < timedelta(hours=1):
        return f"{past // timedelta(minutes=1)} min ago"
    days = (now.date() - at.date()).days
    if past < timedelta(hours=12) or days == 0:
        return f"{past // timedelta(hours=1)} h ago"
    if days == 1:
        return "yesterday"
    if days < 7:
        return f"{days} days ago"
    return f"{at.day} {at:%B}" if at.year == now.year else f"{at.day} {at:%B %Y}"


@register.filter
def is_long(text: str) -> bool:
    """Too long to stand whole in a list."""
    return len(text) > FOLD_CHARACTERS + 100 or text.count("\n") > FOLD_LINES + 2


@register.filter
def beginning(text: str) -> str:
    """The first lines of a long text, up to a word's end; a text that is not long, whole."""
    if not is_long(text):
        return text
    cut = "\n".join(text.split("\n")[:FOLD_LINES])[:FOLD_CHARACTERS]
    words = cut.rsplit(None, 1)[0] if len(cut) == FOLD_CHARACTERS and " " in cut else cut
    return words.rstrip() + " …"
