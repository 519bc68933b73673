"""Addresses of people's pages."""

from django.urls import path

from socialapp.users import web

app_name = "users"
urlpatterns = [
    path("privacy/", web.privacy, name="privacy"),
    path("settings/", web.settings, name="settings"),
    path("settings/language/", web.language, name="language"),
    path("settings/tokens/", web.tokens, name="tokens"),
    path("settings/tokens/<id:token_id>/revoke/", web.revoke, name="revoke"),
    path("settings/log-out-everywhere/", web.log_out_everywhere, name="log_out_everywhere"),
    path("settings/delete/", web.delete, name="delete"),
]
