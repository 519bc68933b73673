"""The path converter of hashtags: `<tag:name>`, in whatever case. What cannot be a hashtag is a 404."""

from django.urls import register_converter

from socialapp.users.text_entities import as_tag, is_tag


class TagConverter:
    """A hashtag without its #."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """The name as it is stored. Raises ValueError, as Django expects."""
        name = as_tag(value)
        if not is_tag(name):
            raise ValueError(value)
        return name

    def to_url(self, value: str) -> str:
        return value


register_converter(TagConverter, "tag")
