"""Search in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.api.endpoints import PAGE_PARAMETERS, checked_query, page_of, page_query, paged
from socialapp.api.fields import TextField
from socialapp.posts.api import PostSerializer
from socialapp.search.queries import COUNTED_UP_TO, Tag, find_posts, tags_beginning
from socialapp.search.query import LONGEST, parse


class SearchQuery(serializers.Serializer[Any]):
    """A query, as people type it."""

    q = TextField(
        required=False,
        default="",
        allow_blank=True,
        max_length=LONGEST,
        help_text='Words, "a phrase", -not, from:username, #hashtag; of hashtags, how they begin.',
    )


class TagSerializer(serializers.Serializer[Tag]):
    """A hashtag, and how many posts have it (100 for that many or more)."""

    name = serializers.CharField()
    posts = serializers.IntegerField(max_value=COUNTED_UP_TO)


class SearchView(APIView):
    """Search for posts."""

    @extend_schema(
        operation_id="posts_find", parameters=[SearchQuery, *PAGE_PARAMETERS], responses=page_of(PostSerializer)
    )
    def get(self, request: Request) -> Response:
        """List the posts that match the query, newest first; none for an empty `q`.

        Anyone may search. 400 when the search takes too long: try fewer or rarer words.
        """
        asked = parse(checked_query(SearchQuery, request)["q"])
        return paged(request, find_posts(asked, request.user.pk, *page_query(request)), PostSerializer)


class TagsView(APIView):
    """Search for hashtags."""

    @extend_schema(
        operation_id="tags_find",
        parameters=[SearchQuery],
        responses=TagSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return up to 20 hashtags that begin with `q`, each with the number of its posts (100 for that many or more).

        Anyone may search. None for an empty `q`.
        """
        found = tags_beginning(checked_query(SearchQuery, request)["q"])
        return Response([TagSerializer(tag).data for tag in found])
