"""The API, version 1: the routes of every app, its description, and a 404 that reads like one of ours."""

from django.urls import include, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from socialapp.api.converters import route
from socialapp.api.problems import nothing_here
from socialapp.api.schema import SchemaView

app_name = "api"
urlpatterns = [
    re_path("", include("reactions.api_urls")),
    *route("schema/", SchemaView.as_view(), "schema"),
    *route("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), "docs"),
    re_path("", include("notifications.api_urls")),
    re_path("", include("socialapp.follows.api_urls")),
    re_path("", include("socialapp.feeds.api_urls")),
    re_path("", include("socialapp.users.api_urls")),
    re_path("", include("socialapp.media.api_urls")),
    re_path("", include("socialapp.posts.api_urls")),
    re_path("", include("socialapp.filters.api_urls")),
    re_path("", include("socialapp.bookmarks.api_urls")),
    re_path("", include("socialapp.moderation.api_urls")),
    re_path("", include("socialapp.search.api_urls")),
    re_path("", nothing_here),
]
