"""Routes of reactions."""

from reactions import api
from socialapp.api.converters import route

urlpatterns = [
    *route("posts/<id:post_id>/like/", api.LikeView.as_view(), "like"),
    *route("posts/<id:post_id>/share/", api.ShareView.as_view(), "share"),
    *route("posts/<id:post_id>/likes/", api.LikesView.as_view(), "likes"),
    *route("posts/<id:post_id>/shares/", api.SharesView.as_view(), "shares"),
    *route("posts/<id:post_id>/comments/", api.CommentsView.as_view(), "comments"),
]
