"""The part of a post's form that sets who may see it, its content warning, and its language."""

from collections.abc import Iterator
from typing import Any, Self

from django import forms
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from socialapp.posts.framing import Framing
from socialapp.posts.models import WARNING_LENGTH, Post
from socialapp.users.models import Person
from socialapp.users.post_languages import choices, is_offered
from socialapp.visibility import NARROWER, Visibility


class FoldingFields(forms.Form):
    """What an edit can change, too: warning, language, and whether pictures are blurred."""

    warning = forms.CharField(
        label=_("Content warning"),
        required=False,
        max_length=WARNING_LENGTH,
        help_text=_("The post is folded below these words until somebody opens it."),
        widget=forms.TextInput(attrs={"dir": "auto", "placeholder": _("What is it about?")}),
    )
    language = forms.ChoiceField(label=_("Language of the post"), required=False, choices=lazy(choices, list)())
    sensitive = forms.BooleanField(
        label=_("Blur these pictures: they are sensitive"), required=False, widget=forms.CheckboxInput
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # A program may have set a language that the form does not offer.
        known = self.initial.get("language", "")
        if known and not is_offered(known):
            self.fields["language"].choices = [*choices(), (known, known)]  # type: ignore[attr-defined]

    def keep_blurred(self) -> None:
        """Show that the pictures stay blurred: a moderator marked them."""
        self.fields["sensitive"].disabled = True
        self.fields["sensitive"].help_text = gettext("A moderator marked this post as sensitive, and that stays.")

    def has_something(self) -> bool:
        """Whether there is a warning to show."""
        return bool(self["warning"].value() or self.errors.keys() & {"warning", "language"})

    @property
    def framing(self) -> Framing:
        """What was chosen."""
        return Framing.of(self.cleaned_data)


class FramingFields(FoldingFields):
    """What is chosen for a new post, for which `for_writer` has the form begin with what its writer usually chooses."""

    # What is answered is for fewer people than all.
    is_narrowed = False

    visibility = forms.ChoiceField(
        label=_("Who can see it"), required=False, choices=Visibility.choices, widget=forms.RadioSelect
    )

    def for_writer(self, person: Person, *, answers: Post | None = None) -> Self:
        """Begin as this person usually does; a reply for no more people than what it `answers`."""
        widest = Visibility(answers.visibility) if answers else Visibility.PUBLIC
        usual = Visibility(person.post_visibility).narrowed_to(widest)
        self.fields["visibility"].choices = [  # type: ignore[attr-defined]
            (each, each.label) for each in NARROWER[NARROWER.index(widest) :]
        ]
        self.is_narrowed = widest != Visibility.PUBLIC
        self.initial = {"visibility": usual, "language": usual_language(person), **self.initial}
        return self

    @property
    def audiences(self) -> Iterator[tuple[Visibility, Any]]:
        """Each visibility that can be chosen, with its radio button."""
        for radio in self["visibility"]:
            yield Visibility(radio.data["value"]), radio

    def clean_visibility(self) -> str:
        """Return the visibility; "" from a page that was made before posts had one."""
        return self.cleaned_data["visibility"] or ""


def usual_language(person: Person) -> str:
    """The language in which this person wrote last, or else reads; "" for one that a form does not offer."""
    usual = person.post_language or person.language or get_language() or ""
    return usual if is_offered(usual) else ""
