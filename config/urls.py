"""Every address of the product. Pages of each app, the API under /api/social/v1/, the admin."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config.env import env
from socialapp.web.theme import language

# More specific addresses first: /@name/follow/ before /@name/.
handler400 = "socialapp.web.pages.bad_request"
handler500 = "socialapp.web.pages.server_error"

urlpatterns = [
    # What a mail provider says of bounces; guarded by its secret in SOCIALAPP_ANYMAIL.
    *([path("anymail/", include("anymail.urls"))] if env.mail_provider else []),
    path("api/social/v1/", include("config.api_urls")),
    path("", include("socialapp.web.urls")),
    path("admin/", admin.site.urls),
    # allauth's own lists of factors are parts of one page of ours.
    path("accounts/2fa/", RedirectView.as_view(pattern_name="users:security")),
    path("accounts/2fa/webauthn/", RedirectView.as_view(pattern_name="users:security")),
    path("accounts/", include("allauth.urls")),
    path("", include("socialapp.signup.urls")),
    path("language/", language, name="set_language"),
    path("", include("notifications.urls")),
    path("", include("reactions.urls")),
    path("", include("socialapp.takeout.urls")),
    path("", include("socialapp.follows.urls")),
    path("", include("socialapp.about.urls")),
    path("", include("socialapp.users.urls")),
    path("", include("socialapp.filters.urls")),
    path("", include("socialapp.posts.urls")),
    path("", include("socialapp.moderation.urls")),
    path("", include("socialapp.bookmarks.urls")),
    path("", include("socialapp.search.urls")),
    path("", include("socialapp.feeds.urls")),
]
