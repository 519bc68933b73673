"""Routes of posts."""

from socialapp.http.routes import route
from socialapp.posts import api

urlpatterns = [
    *route("posts/", api.PostsView.as_view(), "posts"),
    *route("posts/<id:post_id>/", api.PostView.as_view(), "post"),
]
