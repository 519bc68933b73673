"""Addresses of the inbox."""

from django.urls import path, register_converter

from notifications import choices_web, endpoints_web, web


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


class EndpointVerbConverter(EntryIdConverter):
    """What one may do with an endpoint."""

    regex = "on|off|remove|test|rotate"


register_converter(EndpointVerbConverter, "verb")
register_converter(EntryIdConverter, "entry")
register_converter(ReadingConverter, "reading")

app_name = "notifications"
urlpatterns = [
    path("settings/notifications/", choices_web.show, name="delivery_settings"),
    path("settings/notifications/timing/", choices_web.timing, name="timing"),
    path("unsubscribe/<str:token>/", choices_web.unsubscribe, name="unsubscribe"),
    path("settings/devices/", endpoints_web.show, name="endpoints"),
    path("settings/devices/push/", endpoints_web.subscribe, name="subscribe"),
    path("settings/devices/push/state/", endpoints_web.push_state, name="push_state"),
    path("settings/devices/<id:endpoint_id>/<verb:verb>/", endpoints_web.change, name="change_endpoint"),
    path("settings/devices/<id:endpoint_id>/", endpoints_web.show_log, name="log"),
    path("settings/devices/<id:endpoint_id>/<id:delivery_id>/again/", endpoints_web.resend, name="resend"),
    path("settings/devices/tests/<id:delivery_id>/", endpoints_web.test, name="test"),
    path("settings/muted/", choices_web.muted, name="muted"),
    path("settings/muted/<id:mute_id>/end/", choices_web.unmute, name="unmute"),
    path("@<username:username>/mute/", choices_web.mute_person, name="mute_person"),
    path("@<username:username>/bell/", choices_web.bell, name="bell"),
    path("@<username:username>/bell/off/", choices_web.bell_off, name="bell_off"),
    path("live/", web.live, name="live"),
    path("inbox/", web.show, name="inbox"),
    path("inbox/missed/", web.missed, name="missed"),
    path("inbox/read/", web.mark_all, name="mark_all"),
    path("inbox/read/undo/", web.undo_mark_all, name="undo_mark_all"),
    path("inbox/<entry:entry_id>/", web.visit, name="visit"),
    path("inbox/<entry:entry_id>/why/", web.why, name="why"),
    path("inbox/<entry:entry_id>/mute/", choices_web.mute_entry, name="mute_entry"),
    path("inbox/<entry:entry_id>/<reading:verb>/", web.mark, name="mark"),
]
