"""Routes of follows."""

from socialapp.api.converters import route
from socialapp.follows import api

urlpatterns = [
    *route("people/<username:username>/followers/", api.FollowersView.as_view(), "followers"),
    *route("people/<username:username>/following/", api.FollowingView.as_view(), "following"),
    *route("people/<username:username>/follow/", api.FollowView.as_view(), "follow"),
    *route("people/<username:username>/block/", api.BlockView.as_view(), "block"),
    *route("blocks/", api.BlocksView.as_view(), "blocks"),
]
