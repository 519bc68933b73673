"""The first drafts of rules and templates, which the first migration stores: honest, short, and to be edited.

`gettext_noop` puts them in the catalogue, so that drafts are shown in the reader's language until they are edited.
"""

from django.utils.translation import gettext_noop as _

RULES = [
    (
        _("Be decent"),
        _(
            "Argue about things, not against people. No harassment, no insults meant to hurt, no threats, nobody's "
            "private details, and no calls on others to do any of this."
        ),
    ),
    (
        _("No hate"),
        _(
            "No contempt of people for where they come from, what they look like, what they believe, whom they love, "
            "their sex, their age, or an illness or disability."
        ),
    ),
    (
        _("No spam and no fraud"),
        _(
            "No advertising that nobody asked for, no same text to many, no bought or automatic followers and likes, "
            "and nothing that is meant to cheat."
        ),
    ),
    (
        _("Warn of what not everybody wants to see"),
        _("Nudity, violence and the like are marked as sensitive. Sexual pictures of minors are deleted and reported."),
    ),
    (
        _("Be who you are"),
        _("A made-up name is fine; to pretend to be another person or an organisation is not. Parody says that it is."),
    ),
    (
        _("Nothing illegal"),
        _(
            "What the law forbids where this site is run does not belong here, and neither does what helps others "
            "do it."
        ),
    ),
]
TEMPLATES = [
    (
        _("Kind reminder"),
        _("Perhaps you did not mean it so, but others have to read it. Please keep to the rule above from now on."),
    ),
    (
        _("Second time"),
        _("We have written to you about this before. If it happens again, your account is suspended."),
    ),
    (
        _("Spam"),
        _("What you post looks like advertising, or was sent to many who did not ask for it."),
    ),
]
