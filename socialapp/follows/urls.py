"""Addresses of follows' pages."""

from django.urls import path

from socialapp.follows import web

app_name = "follows"
urlpatterns = [
    path("@<username:username>/followers/", web.followers, name="followers"),
    path("@<username:username>/following/", web.following, name="following"),
    path("@<username:username>/follow/", web.follow, name="follow"),
    path("@<username:username>/unfollow/", web.unfollow, name="unfollow"),
    path("@<username:username>/block/", web.block, name="block"),
    path("@<username:username>/unblock/", web.unblock, name="unblock"),
]
