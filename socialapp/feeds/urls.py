"""Addresses of the feeds."""

from django.urls import path

from socialapp.feeds import web

app_name = "feeds"
urlpatterns = [
    path("", web.home, name="home"),
    path("public/", web.public, name="public"),
    path("@<username:username>/", web.profile, name="profile"),
    path("@<username:username>/replies/", web.replies, name="replies"),
]
