"""Where pictures are served."""

from django.urls import re_path

from socialapp.media import web
from socialapp.media.files import NAME

app_name = "media"
urlpatterns = [re_path(rf"^media/(?P<name>{NAME})$", web.serve, name="serve")]
