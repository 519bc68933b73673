"""Routes of people."""

from socialapp.api.converters import route
from socialapp.users import api

urlpatterns = [
    *route("people/", api.PeopleView.as_view(), "people"),
    *route("me/avatar/", api.AvatarView.as_view(), "avatar"),
]
