"""Routes of follows."""

from socialapp.api.converters import route
from socialapp.follows import api, approvals_api

urlpatterns = [
    *route("people/<username:username>/followers/", api.FollowersView.as_view(), "followers"),
    *route("people/<username:username>/following/", api.FollowingView.as_view(), "following"),
    *route("people/<username:username>/follow/", api.FollowView.as_view(), "follow"),
    *route("people/<username:username>/block/", api.BlockView.as_view(), "block"),
    *route("follow-requests/", approvals_api.FollowRequestsView.as_view(), "follow-requests"),
    *route("follow-requests/<username:username>/", approvals_api.FollowRequestView.as_view(), "follow-request"),
    *route("people/<username:username>/follower/", approvals_api.FollowerView.as_view(), "follower"),
    *route("blocks/", api.BlocksView.as_view(), "blocks"),
]
