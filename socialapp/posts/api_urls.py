"""Routes of posts."""

from socialapp.api.converters import route
from socialapp.posts import api, routes, versions_api  # noqa: F401  routes: the path converter

urlpatterns = [
    *route("tags/<tag:name>/", api.TagView.as_view(), "tag"),
    *route("private/", api.PrivateView.as_view(), "private"),
    *route("posts/", api.PostsView.as_view(), "posts"),
    *route("posts/<id:post_id>/", api.PostView.as_view(), "post"),
    *route("posts/<id:post_id>/versions/", versions_api.PostVersionsView.as_view(), "versions"),
    *route("posts/<id:post_id>/versions/<id:version_id>/", versions_api.PostVersionView.as_view(), "version"),
]
