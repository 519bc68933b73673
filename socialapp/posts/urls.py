"""Addresses of posts' pages."""

from django.urls import path

from socialapp.posts import web

app_name = "posts"
urlpatterns = [
    path("posts/", web.new, name="new"),
    path("posts/<id:post_id>/", web.post, name="post"),
    path("posts/<id:post_id>/gallery/", web.gallery, name="gallery"),
    path("posts/<id:post_id>/edit/", web.edit, name="edit"),
    path("posts/<id:post_id>/delete/", web.delete, name="delete"),
    path("posts/<id:post_id>/restore/", web.restore, name="restore"),
    path("posts/<id:post_id>/history/", web.history, name="history"),
]
