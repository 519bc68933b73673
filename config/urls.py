"""Every address of the product. Pages of each app, the API under /api/v1/, the admin."""

from django.contrib import admin
from django.urls import include, path

# More specific addresses first: /@name/follow/ before /@name/.
handler400 = "socialapp.http.pages.bad_request"

urlpatterns = [
    path("", include("socialapp.http.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("config.api_urls")),
    path("", include("notifications.urls")),
    path("", include("reactions.urls")),
    path("", include("socialapp.follows.urls")),
    path("", include("socialapp.users.urls")),
    path("", include("socialapp.posts.urls")),
    path("", include("socialapp.feeds.urls")),
]
