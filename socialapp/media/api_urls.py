"""Routes of pictures."""

from socialapp.api.converters import route
from socialapp.media import api

urlpatterns = [
    *route("pictures/", api.PicturesView.as_view(), "pictures"),
    *route("pictures/<id:picture_id>/", api.PictureView.as_view(), "picture"),
]
