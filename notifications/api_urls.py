"""Routes of the inbox."""

from notifications import api
from socialapp.http.routes import route

urlpatterns = [
    *route("notifications/", api.InboxView.as_view(), "notifications"),
    *route("notifications/unread/", api.UnreadView.as_view(), "unread"),
    *route("notifications/read/", api.ReadView.as_view(), "read"),
]
