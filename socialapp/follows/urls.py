"""Addresses of follows' pages."""

from django.urls import path

from socialapp.follows import approvals, move_web, web

app_name = "follows"
urlpatterns = [
    path("settings/move/", move_web.show, name="moves"),
    path("settings/move/begin/", move_web.move, name="move"),
    path("settings/move/progress/", move_web.progress, name="move_progress"),
    path("settings/move/end/", move_web.end, name="end_move"),
    path("settings/move/aliases/<id:alias_id>/remove/", move_web.remove_alias, name="remove_alias"),
    path("@<username:username>/followers/", web.followers, name="followers"),
    path("@<username:username>/following/", web.following, name="following"),
    path("@<username:username>/follow/", web.follow, name="follow"),
    path("@<username:username>/unfollow/", web.unfollow, name="unfollow"),
    path("@<username:username>/block/", web.block, name="block"),
    path("@<username:username>/unblock/", web.unblock, name="unblock"),
    path("follow-requests/", approvals.requests, name="requests"),
    path("follow-requests/all/", approvals.answer_all, name="answer_all"),
    path("follow-requests/<username:username>/approve/", approvals.approve, name="approve"),
    path("follow-requests/<username:username>/refuse/", approvals.refuse, name="refuse"),
    path(
        "follow-requests/<username:username>/refuse/<str:refused_request>/undo/",
        approvals.restore_request,
        name="restore_request",
    ),
    path("@<username:username>/remove/", approvals.remove_follower, name="remove_follower"),
    path("@<username:username>/remove/<str:removed_follow>/undo/", approvals.restore_follower, name="restore_follower"),
    path("settings/followers/", approvals.settings, name="settings"),
    path("settings/followers/reach/", approvals.reach, name="reach"),
]
