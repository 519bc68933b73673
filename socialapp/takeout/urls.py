"""Addresses of the pages of exports and imports."""

from django.urls import path

from socialapp.takeout import import_web, web

app_name = "takeout"
urlpatterns = [
    path("settings/export/", web.show, name="show"),
    path("settings/export/request/", web.ask, name="request"),
    path("settings/export/<id:export_id>/remove/", web.remove, name="remove"),
    path("settings/export/<id:export_id>/download/", web.download, name="download"),
    path("settings/import/", import_web.new, name="imports"),
    path("settings/import/<id:import_id>/", import_web.show, name="import"),
    path("settings/import/<id:import_id>/begin/", import_web.begin, name="begin"),
    path("settings/import/<id:import_id>/discard/", import_web.discard, name="discard"),
]
