"""Routes of the search. People are found at people/."""

from socialapp.api.converters import route
from socialapp.search import api

urlpatterns = [
    *route("search/posts/", api.SearchView.as_view(), "search-posts"),
    *route("search/tags/", api.TagsView.as_view(), "search-tags"),
]
