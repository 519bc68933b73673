"""Addresses of invitations."""

from django.urls import path

from socialapp.signup import web

app_name = "signup"
urlpatterns = [
    path("invite/<slug:code>/", web.invited, name="invited"),
    path("accounts/applied/", web.applied, name="applied"),
    path("settings/invitations/", web.invitations, name="invitations"),
    path("settings/invitations/<id:invitation_id>/revoke/", web.revoke, name="revoke"),
]
