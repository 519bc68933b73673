"""Forms to report, to act, to appeal."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from socialapp.moderation.models import Category, Rule, Template, Verb
from socialapp.moderation.models.acts import APPEAL_LENGTH
from socialapp.moderation.models.cases import REPORT_LENGTH
from socialapp.moderation.models.rules import WORDS_LENGTH
from socialapp.moderation.queries import rules
from socialapp.posts.models import Post
from socialapp.text.excerpts import shorten
from socialapp.web.forms import ProseField

# What a moderator can choose in a case; each has a key.
ACTS = (Verb.WARN, Verb.HIDE, Verb.BLUR, Verb.SILENCE, Verb.SUSPEND, Verb.REMOVE)
# And in the queue, for many cases.
BULK = (Verb.DISMISS, Verb.SILENCE, Verb.SUSPEND, Verb.WARN, Verb.HIDE, Verb.REMOVE)
# What leads to a field of it.
KEYS = {"rule": "r", "template": "t", "words": "w"}
ENDS = [
    ("", _("without an end")),
    ("1", _("for a day")),
    ("7", _("for a week")),
    ("30", _("for a month")),
    ("180", _("for half a year")),
]


def check_reason(values: dict[str, Any], form: forms.Form) -> None:
    """Raise ValidationError without a rule and words, unless the form has other errors."""
    if not (values.get("rule") or values.get("words") or form.errors):
        raise ValidationError(gettext("Give a rule or some words: they are told why."))


class RuleField(forms.TypedChoiceField):
    """One of the rules that hold now, or none. Its value is the Rule, or None."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=self._offered, coerce=self._rule, empty_value=None, required=False, **options)

    @staticmethod
    def _offered() -> list[tuple[str, str]]:
        return [("", gettext("no rule in particular")), *((str(rule.pk), rule.shown_title) for rule in rules())]

    @staticmethod
    def _rule(value: str) -> Rule:
        return Rule.objects.get(pk=int(value))


class PostsField(forms.TypedMultipleChoiceField):
    """Some of the posts that a page offers, by their ids."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(coerce=int, required=False, **options)


class ReportForm(forms.Form):
    """What is wrong with a person or their posts."""

    category = forms.ChoiceField(label=_("What is wrong?"), choices=Category.choices, widget=forms.RadioSelect)
    rule = RuleField(label=_("Which rule does it break?"))
    posts = PostsField(label=_("Which posts is it about?"))
    words = ProseField(
        label=_("What should the moderators know?"),
        required=False,
        max_length=REPORT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any, *, posts: Iterable[Post], chosen: Sequence[int]) -> None:
        super().__init__(data, initial={"posts": [str(id_) for id_ in chosen]})
        offered: Any = self.fields["posts"]
        offered.choices = [(str(post.pk), shorten(post.body, 120) or gettext("a picture")) for post in posts]


class ActForm(forms.Form):
    """What a moderator does in a case."""

    verb = forms.ChoiceField(choices=[(verb.value, verb.label) for verb in (Verb.RELEASE, *ACTS)])
    posts = PostsField()
    rule = RuleField(label=_("Under which rule"))
    template = forms.ModelChoiceField(
        label=_("Words to begin with"), queryset=Template.objects.all(), required=False, empty_label=_("my own words")
    )
    words = ProseField(
        label=_("What they are told"),
        required=False,
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    ends = forms.ChoiceField(label=_("A suspension lasts"), choices=ENDS, required=False)
    stays_open = forms.BooleanField(label=_("Keep the case open"), required=False)

    def __init__(self, data: Any = None, *, post_ids: Iterable[int]) -> None:
        super().__init__(data)
        offered: Any = self.fields["posts"]
        offered.choices = [(str(id_), str(id_)) for id_ in post_ids]
        for name, key in KEYS.items():
            self.fields[name].widget.attrs["data-key"] = key

    def clean(self) -> dict[str, Any]:
        """Require a rule or words: a person who is notified of an act must learn why."""
        values = super().clean() or {}
        template = values.get("template")
        if template and not values.get("words"):
            values["words"] = template.shown_text
        if values.get("verb") != Verb.RELEASE:
            check_reason(values, self)
        return values

    def decision(self) -> dict[str, Any]:
        """The decision as `acts.decide` takes it."""
        values = self.cleaned_data
        return {
            "verb": Verb(values["verb"]),
            "post_ids": values["posts"],
            "rule": values["rule"],
            "words": values["words"],
            "ends_at": end_after(values["ends"]),
            "stays_open": values["stays_open"],
        }


def end_after(days: str) -> datetime | None:
    """The time so many days from now; None for ""."""
    return timezone.now() + timedelta(days=int(days)) if days else None


class EraseForm(forms.Form):
    """Deletes an account for good: its name is typed, so that it is the right one."""

    rule = RuleField(label=_("Under which rule"))
    words = ProseField(
        label=_("What they are told, by mail"),
        required=False,
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    username = forms.CharField(
        label=_("The username of the account"),
        max_length=31,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, *, username: str) -> None:
        super().__init__(data)
        self.expected = username
        self.fields["username"].help_text = gettext("Type %(name)s.") % {"name": username}

    def clean_username(self) -> str:
        """Require the name of the account."""
        typed: str = self.cleaned_data["username"].lower().removeprefix("@")
        if typed != self.expected:
            raise ValidationError(gettext("This is another name."))
        return typed

    def clean(self) -> dict[str, Any]:
        """Require a rule or words."""
        values = super().clean() or {}
        check_reason(values, self)
        return values


class AppealForm(forms.Form):
    """What somebody answers to an act."""

    words = ProseField(
        label=_("Why should we decide otherwise?"),
        max_length=APPEAL_LENGTH,
        help_text=_("You can appeal once. Another moderator decides, where there is one."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class NoteForm(forms.Form):
    """A note about a person."""

    text = ProseField(
        label=_("A note for other moderators"), max_length=WORDS_LENGTH, widget=forms.Textarea(attrs={"rows": 2})
    )


class WordsForm(forms.Form):
    """A message to the person whom a decision concerns; it may be empty."""

    words = ProseField(required=False, max_length=WORDS_LENGTH)


class LogForm(forms.Form):
    """What the log is filtered by."""

    moderator = forms.CharField(label=_("By"), required=False, max_length=31)
    person = forms.CharField(label=_("About"), required=False, max_length=31)
    verb = forms.ChoiceField(label=_("What"), choices=[("", _("everything")), *Verb.choices], required=False)


class BulkForm(forms.Form):
    """One decision for the cases that were chosen in the queue."""

    cases = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": _("Choose some cases first."), "invalid_choice": _("Choose cases.")}
    )
    verb = forms.ChoiceField(
        label=_("With those chosen"),
        choices=[(verb.value, verb.label) for verb in BULK],
    )
    rule = RuleField(label=_("Under which rule"))
    words = ProseField(label=_("What they are told"), required=False, max_length=WORDS_LENGTH, widget=forms.TextInput)

    def __init__(self, data: Any = None, *, case_ids: Iterable[str]) -> None:
        super().__init__(data, auto_id="bulk-%s")
        offered: Any = self.fields["cases"]
        offered.choices = [(id_, id_) for id_ in case_ids if id_.isascii() and id_.isdecimal() and len(id_) < 19]
        for field in self.fields.values():
            field.widget.attrs["form"] = "bulk"

    @property
    def chosen(self) -> list[int]:
        """The cases that were ticked, to tick them again beside an error."""
        offered: Any = self.fields["cases"]
        return [int(value) for value, _label in offered.choices]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("verb") not in {None, Verb.DISMISS}:
            check_reason(values, self)
        return values

    def decision(self) -> dict[str, Any]:
        """The decision as `bulk.decide_all` takes it."""
        values = self.cleaned_data
        return {
            "case_ids": values["cases"],
            "verb": Verb(values["verb"]),
            "rule": values["rule"],
            "words": values["words"],
        }
