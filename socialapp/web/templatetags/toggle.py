"""The button that turns something on or off: like, share, bookmark, follow, bell."""

from typing import Any

from django import template
from django.template import Context, Engine
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

TEMPLATE = "web/toggle.html"


@register.simple_block_tag(takes_context=True)
def toggle(
    context: Context, content: SafeString, name: str, pk: int, *, is_on: bool, of_post: bool = False, **options: Any
) -> SafeString:
    """Post to `on`, or to `off` when it is on already; toggles.js shows at once what it becomes.

    `of_post`: one of many in a list, so it is named by the author of its post, and without scripts leads back to it.
    `words_change`: its words say whether it is on, so it is not announced as pressed too. `counts`: the `data-count`
    elsewhere on the page that it changes. `key`: the key it answers to. `class`, `title`: as in HTML.
    """
    button = context.render_context.get(TEMPLATE)
    if button is None:  # once a page
        button = context.render_context[TEMPLATE] = Engine.get_default().get_template(TEMPLATE)
    options |= {"id": f"{name}-{pk}", "is_on": is_on, "content": mark_safe(content.strip())}  # noqa: S308  rendered
    if of_post:
        options |= {"post": f"post-{pk}", "here": context.get("here")}
    rendered: SafeString = button.render(context.new(options))
    return rendered
