"""Addresses of reactions' pages."""

from django.urls import path

from reactions import web

app_name = "reactions"
urlpatterns = [
    path("posts/<id:post_id>/like/", web.like, name="like"),
    path("posts/<id:post_id>/unlike/", web.unlike, name="unlike"),
    path("posts/<id:post_id>/share/", web.share, name="share"),
    path("posts/<id:post_id>/unshare/", web.unshare, name="unshare"),
    path("posts/<id:post_id>/likes/", web.likes, name="likes"),
    path("posts/<id:post_id>/shares/", web.shares, name="shares"),
    path("posts/<id:post_id>/comments/", web.comment, name="comment"),
]
