"""Routes of the inbox, preferences, the schedule, endpoints and their deliveries in the API."""

from notifications.endpoints import api as endpoints
from notifications.history import api as history
from notifications.inbox import api as inbox
from notifications.inbox import strangers_api as strangers
from notifications.live import api as live
from notifications.preferences import api as preferences
from socialapp.api.converters import route

urlpatterns = [
    *route("notifications/news/", live.NewsView.as_view(), "news"),
    *route("notifications/", inbox.InboxView.as_view(), "notifications"),
    *route("notifications/unread/", inbox.UnreadView.as_view(), "unread"),
    *route("notifications/preferences/", preferences.PreferencesView.as_view(), "preferences"),
    *route("notifications/policy/", strangers.PolicyView.as_view(), "policy"),
    *route("notifications/filtered/", strangers.BoxView.as_view(), "filtered"),
    *route("notifications/filtered/<username:username>/", strangers.BoxedView.as_view(), "filtered-person"),
    *route("notifications/schedule/", preferences.ScheduleView.as_view(), "schedule"),
    *route("notifications/mutes/", preferences.MutesView.as_view(), "mutes"),
    *route("notifications/mutes/<id:mute_id>/", preferences.MuteView.as_view(), "mute"),
    *route("people/<username:username>/bell/", preferences.BellView.as_view(), "bell"),
    *route("notifications/endpoints/", endpoints.EndpointsView.as_view(), "endpoints"),
    *route("notifications/endpoints/push/", endpoints.PushView.as_view(), "push"),
    *route("notifications/endpoints/webhook/", endpoints.WebhookView.as_view(), "webhook"),
    *route("notifications/endpoints/<id:endpoint_id>/", endpoints.EndpointView.as_view(), "endpoint"),
    *route("notifications/endpoints/<id:endpoint_id>/test/", endpoints.TestView.as_view(), "endpoint-test"),
    *route("notifications/endpoints/<id:endpoint_id>/secret/", endpoints.SecretView.as_view(), "secret"),
    *route("notifications/endpoints/<id:endpoint_id>/deliveries/", endpoints.LogView.as_view(), "log"),
    *route("notifications/endpoints/<id:endpoint_id>/replay/", endpoints.ReplayView.as_view(), "replay"),
    *route("notifications/deliveries/<id:delivery_id>/", endpoints.DeliveryView.as_view(), "delivery"),
    *route("notifications/deliveries/<id:delivery_id>/resend/", endpoints.ResendView.as_view(), "resend"),
    *route("notifications/why/", history.WhyView.as_view(), "why"),
    *route("dead-letters/", endpoints.DeadLettersView.as_view(), "dead-letters"),
    *route("notifications/read/", inbox.ReadView.as_view(), "read"),
]
