"""Addresses of all pages of notifications: the inbox, settings, devices, mutes and bells."""

from django.urls import path, register_converter

from notifications.endpoints import web as endpoints
from notifications.history import web as history
from notifications.inbox import strangers_web as strangers
from notifications.inbox import web as inbox
from notifications.live import web as live
from notifications.preferences import web as preferences


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
    path("settings/notifications/", preferences.show, name="preferences"),
    path("settings/notifications/schedule/", preferences.change_schedule, name="schedule"),
    path("unsubscribe/<str:token>/", preferences.unsubscribe, name="unsubscribe"),
    path("settings/devices/", endpoints.show, name="endpoints"),
    path("settings/devices/push/", endpoints.subscribe, name="subscribe"),
    path("settings/devices/push/state/", endpoints.push_state, name="push_state"),
    path("settings/devices/<id:endpoint_id>/<verb:verb>/", endpoints.change, name="change_endpoint"),
    path("settings/devices/<id:endpoint_id>/", endpoints.show_log, name="log"),
    path("settings/devices/<id:endpoint_id>/<id:delivery_id>/again/", endpoints.resend, name="resend"),
    path("settings/devices/tests/<id:delivery_id>/", endpoints.test, name="test"),
    path("settings/muted/", preferences.muted, name="muted"),
    path("settings/muted/<id:mute_id>/end/", preferences.unmute, name="unmute"),
    path("@<username:username>/mute/", preferences.mute_person, name="mute_person"),
    path("@<username:username>/bell/", preferences.bell, name="bell"),
    path("@<username:username>/bell/off/", preferences.bell_off, name="bell_off"),
    path("live/", live.live, name="live"),
    path("inbox/", inbox.show, name="inbox"),
    path("inbox/filtered/", strangers.box, name="box"),
    path("inbox/filtered/all/", strangers.answer_all, name="answer_box"),
    path("inbox/filtered/<username:username>/accept/", strangers.accept, name="accept_stranger"),
    path("inbox/filtered/<username:username>/drop/", strangers.drop, name="drop_stranger"),
    path("settings/notifications/strangers/", strangers.policy, name="policy"),
    path("inbox/missed/", history.missed, name="missed"),
    path("inbox/read/", inbox.mark_all, name="mark_all"),
    path("inbox/read/undo/", inbox.undo_mark_all, name="undo_mark_all"),
    path("inbox/<entry:entry_id>/", inbox.visit, name="visit"),
    path("inbox/<entry:entry_id>/why/", history.why, name="why"),
    path("inbox/<entry:entry_id>/mute/", inbox.mute_entry, name="mute_entry"),
    path("inbox/<entry:entry_id>/<reading:verb>/", inbox.mark, name="mark"),
]
