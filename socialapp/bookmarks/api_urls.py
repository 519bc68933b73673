"""Routes of bookmarks."""

from socialapp.bookmarks import api
from socialapp.http.routes import route

urlpatterns = [
    *route("bookmarks/", api.BookmarksView.as_view(), "bookmarks"),
    *route("posts/<id:post_id>/bookmark/", api.BookmarkView.as_view(), "bookmark"),
]
