"""Addresses of posts' pages."""

from django.urls import path

from socialapp.posts import guarded_pictures, routes, web  # noqa: F401  routes: the path converter

app_name = "posts"
urlpatterns = [
    path("tags/<tag:name>/", web.tag, name="tag"),
    path("private/", web.private, name="private"),
    path("posts/", web.new, name="new"),
    path("posts/<id:post_id>/", web.post, name="post"),
    path("posts/<id:post_id>/gallery/", web.gallery, name="gallery"),
    path("posts/<id:post_id>/pictures/<id:picture_id>/<int:size>/", guarded_pictures.show, name="picture"),
    path("posts/<id:post_id>/edit/", web.edit, name="edit"),
    path("posts/<id:post_id>/delete/", web.delete, name="delete"),
    path("posts/<id:post_id>/restore/", web.restore, name="restore"),
    path("posts/<id:post_id>/history/", web.history, name="history"),
    path("posts/<id:post_id>/history/<id:version_id>/remove/", web.remove_version, name="remove_version"),
]
