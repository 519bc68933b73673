"""Addresses of people's pages."""

from django.urls import path

from socialapp.users import security, web

app_name = "users"
urlpatterns = [
    path("settings/", web.settings, name="settings"),
    path("settings/posts/", web.posting, name="posting"),
    path("settings/language/", web.language, name="language"),
    path("settings/security/", security.show, name="security"),
    path("settings/security/log-ins/end/", security.end_others, name="end_other_log_ins"),
    path("settings/security/log-ins/<id:log_in_id>/end/", security.end, name="end_log_in"),
    path("settings/tokens/", web.tokens, name="tokens"),
    path("settings/tokens/<id:token_id>/revoke/", web.revoke, name="revoke"),
    path("settings/log-out-everywhere/", web.log_out_everywhere, name="log_out_everywhere"),
    path("settings/delete/", web.delete, name="delete"),
    path("settings/delete/stay/", web.stay, name="stay"),
]
