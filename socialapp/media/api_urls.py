"""Routes of pictures."""

from socialapp.http.routes import route
from socialapp.media import api

urlpatterns = [
    *route("pictures/", api.PicturesView.as_view(), "pictures"),
    *route("pictures/<id:picture_id>/", api.PictureView.as_view(), "picture"),
]
