"""Addresses of muted words."""

from django.urls import path

from socialapp.filters import web

app_name = "filters"
urlpatterns = [
    path("settings/words/", web.show, name="show"),
    path("settings/words/<id:filter_id>/", web.edit, name="edit"),
    path("settings/words/<id:filter_id>/remove/", web.remove, name="remove"),
    path("settings/words/<str:removed>/undo/", web.restore, name="restore"),
]
