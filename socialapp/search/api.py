"""Search through the API."""

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
    """What to look for."""

    q = TextField(
        required=False,
        default="",
        allow_blank=True,
        max_length=LONGEST,
        help_text='Words, "a phrase", -not, from:username, #hashtag; of hashtags, how they begin.',
    )


class TagSerializer(serializers.Serializer[Tag]):
    """A hashtag."""

    name = serializers.CharField()
    posts = serializers.IntegerField(max_value=COUNTED_UP_TO)


class SearchView(APIView):
    """Find posts."""

    @extend_schema(
        operation_id="posts_find", parameters=[SearchQuery, *PAGE_PARAMETERS], responses=page_of(PostSerializer)
    )
    def get(self, request: Request) -> Response:
        """Posts with these words, the newest first; none for an empty `q`."""
        asked = parse(checked_query(SearchQuery, request)["q"])
        return paged(request, find_posts(asked, request.user.pk, *page_query(request)), PostSerializer)


class TagsView(APIView):
    """Find hashtags."""

    @extend_schema(
        operation_id="tags_find",
        parameters=[SearchQuery],
        responses=TagSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Up to 20 hashtags that begin so, with the number of their posts (100 for that many or more)."""
        found = tags_beginning(checked_query(SearchQuery, request)["q"])
        return Response([TagSerializer(tag).data for tag in found])
