"""How a post is shown: who may see it, its content warning, and its language."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from socialapp.posts.models import Post
from socialapp.visibility import Visibility


@dataclass(frozen=True)
class Framing:
    """What is chosen for a post beside its text and pictures. Without a `visibility`, its author's usual one."""

    visibility: Visibility | None = None
    warning: str = ""
    sensitive: bool = False
    language: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """A framing with the fields that are among these values."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if values.get(name)})

    @property
    def digest(self) -> list[Any]:
        """The fields' part of a key's digest: nothing if all have their defaults, as in posts before these fields."""
        return [list(asdict(self).values())] if self != PLAIN else []

    def cleaned(self) -> "Framing":
        """Return the framing as it is stored. Raises ValidationError."""
        post = Post(**{**asdict(self), "visibility": self.visibility or Visibility.PUBLIC})
        names = set(asdict(self))
        post.clean_fields(exclude=[field.name for field in Post._meta.fields if field.name not in names])
        visibility = self.visibility and Visibility(self.visibility)
        return Framing(visibility, post.warning, post.sensitive, post.language)


PLAIN = Framing()


def stays_sensitive(post: Post) -> bool:
    """Whether the functions that settings.POST_BLURS names keep its author from showing its pictures without a blur."""
    return post.sensitive and any(import_string(path)(post.pk) for path in settings.POST_BLURS)


class TooWide(ValidationError):
    """A reply has a wider visibility than the post it answers."""

    def __init__(self) -> None:
        super().__init__(
            {"visibility": [_("What this answers is for fewer people. Choose the same audience, or a smaller one.")]}
        )
