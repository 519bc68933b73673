"""Routes of bookmarks."""

from socialapp.api.converters import route
from socialapp.bookmarks import api

urlpatterns = [
    *route("bookmarks/", api.BookmarksView.as_view(), "bookmarks"),
    *route("posts/<id:post_id>/bookmark/", api.BookmarkView.as_view(), "bookmark"),
]
