"""Routes of feeds and profiles."""

from socialapp.api.converters import route
from socialapp.feeds import api

urlpatterns = [
    *route("feed/", api.FeedView.as_view(), "feed"),
    *route("public/", api.PublicView.as_view(), "public"),
    *route("me/", api.MeView.as_view(), "me"),
    *route("people/<username:username>/", api.ProfileView.as_view(), "person"),
    *route("people/<username:username>/posts/", api.ProfilePostsView.as_view(), "person-posts"),
    *route("people/<username:username>/replies/", api.ProfileRepliesView.as_view(), "person-replies"),
]
