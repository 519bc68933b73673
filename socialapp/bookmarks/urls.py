"""Addresses of bookmarks."""

from django.urls import path

from socialapp.bookmarks import web

app_name = "bookmarks"
urlpatterns = [
    path("bookmarks/", web.show, name="show"),
    path("posts/<id:post_id>/bookmark/", web.save, name="save"),
    path("posts/<id:post_id>/unbookmark/", web.unsave, name="unsave"),
]
