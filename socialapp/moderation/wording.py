"""The wording of notices: of an act, of its end, of a report. Codes are stored; sentences are made here."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from socialapp.moderation.models import Action, Notice, Report, Verb

# What the person an act concerns reads about it.
_TOLD = {
    Verb.RELEASE: gettext_lazy("A post of yours that waited is published now"),
    Verb.WARN: gettext_lazy("A moderator warns you"),
    Verb.RETRACT: gettext_lazy("An act against you is taken back: it no longer counts"),
    Verb.HIDE: gettext_lazy("A moderator hid a post of yours"),
    Verb.UNHIDE: gettext_lazy("A post of yours can be seen again"),
    Verb.BLUR: gettext_lazy("A moderator marked a post of yours as sensitive"),
    Verb.UNBLUR: gettext_lazy("A post of yours is no longer marked as sensitive"),
    Verb.SILENCE: gettext_lazy("Only your followers find you and your posts now"),
    Verb.UNSILENCE: gettext_lazy("Everybody can find you and your posts again"),
    Verb.SUSPEND: gettext_lazy("Your account is suspended"),
    Verb.UNSUSPEND: gettext_lazy("Your account is open again"),
    Verb.REMOVE: gettext_lazy("A moderator deleted a post of yours for good"),
    Verb.REJECT_APPEAL: gettext_lazy("Your appeal was rejected"),
}
_OUTCOMES = {
    Report.State.UPHELD: gettext_lazy("You reported %(name)s. It broke our rules, and we acted. Thank you."),
    Report.State.DISMISSED: gettext_lazy("You reported %(name)s. We found no reason to act. Thank you all the same."),
}


def headline(notice: Notice) -> str:
    """What a notice says, in a sentence without its end."""
    if notice.report is not None:
        name = f"@{notice.report.case.person.username}"
        return str(_OUTCOMES[Report.State(notice.report.state)]) % {"name": name}
    return told(notice.action) if notice.action else ""


def told(action: Action) -> str:
    """The sentence in which the person an act concerns is notified of it."""
    return str(_TOLD[Verb(action.verb)])


def summary(notice: Notice) -> str:
    """The headline and, for an act, the rule, as the inbox and mail show them."""
    action = notice.action
    rule = action.rule.shown_title if action and action.rule else ""
    return _("%(what)s. The rule: %(rule)s") % {"what": headline(notice), "rule": rule} if rule else headline(notice)
