"""Addresses of follows' pages."""

from django.urls import path

from socialapp.follows import web

app_name = "follows"
urlpatterns = [
    path("@<slug:username>/followers/", web.followers, name="followers"),
    path("@<slug:username>/following/", web.following, name="following"),
    path("@<slug:username>/follow/", web.follow, name="follow"),
    path("@<slug:username>/unfollow/", web.unfollow, name="unfollow"),
]
