"""Addresses of the inbox."""

from django.urls import path, register_converter

from notifications import web


class EntryIdConverter:
    """The id of an inbox entry: n7 or p7."""

    regex = "[np][0-9]{1,18}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ReadingConverter(EntryIdConverter):
    """What one may mark an entry as."""

    regex = "read|unread"


register_converter(EntryIdConverter, "entry")
register_converter(ReadingConverter, "reading")

app_name = "notifications"
urlpatterns = [
    path("inbox/", web.show, name="inbox"),
    path("inbox/read/", web.mark_all, name="mark_all"),
    path("inbox/<entry:entry_id>/", web.visit, name="visit"),
    path("inbox/<entry:entry_id>/<reading:verb>/", web.mark, name="mark"),
]
