"""Routes of the inbox."""

from notifications import api, choices_api, endpoints_api
from socialapp.http.routes import route

urlpatterns = [
    *route("notifications/news/", api.NewsView.as_view(), "news"),
    *route("notifications/", api.InboxView.as_view(), "notifications"),
    *route("notifications/unread/", api.UnreadView.as_view(), "unread"),
    *route("notifications/preferences/", choices_api.PreferencesView.as_view(), "preferences"),
    *route("notifications/timing/", choices_api.TimingView.as_view(), "timing"),
    *route("notifications/mutes/", choices_api.MutesView.as_view(), "mutes"),
    *route("notifications/mutes/<id:mute_id>/", choices_api.MuteView.as_view(), "mute"),
    *route("people/<username:username>/bell/", choices_api.BellView.as_view(), "bell"),
    *route("notifications/endpoints/", endpoints_api.EndpointsView.as_view(), "endpoints"),
    *route("notifications/endpoints/push/", endpoints_api.PushView.as_view(), "push"),
    *route("notifications/endpoints/webhook/", endpoints_api.WebhookView.as_view(), "webhook"),
    *route("notifications/endpoints/<id:endpoint_id>/", endpoints_api.EndpointView.as_view(), "endpoint"),
    *route("notifications/endpoints/<id:endpoint_id>/test/", endpoints_api.TestView.as_view(), "endpoint-test"),
    *route("notifications/endpoints/<id:endpoint_id>/secret/", endpoints_api.SecretView.as_view(), "secret"),
    *route("notifications/endpoints/<id:endpoint_id>/deliveries/", endpoints_api.LogView.as_view(), "log"),
    *route("notifications/endpoints/<id:endpoint_id>/replay/", endpoints_api.ReplayView.as_view(), "replay"),
    *route("notifications/deliveries/<id:delivery_id>/", endpoints_api.DeliveryView.as_view(), "delivery"),
    *route("notifications/deliveries/<id:delivery_id>/resend/", endpoints_api.ResendView.as_view(), "resend"),
    *route("notifications/why/", choices_api.WhyView.as_view(), "why"),
    *route("dead-letters/", endpoints_api.DeadLettersView.as_view(), "dead-letters"),
    *route("notifications/read/", api.ReadView.as_view(), "read"),
]
