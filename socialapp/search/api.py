"""Search through the API."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.http.api import PAGE_PARAMETERS, BodyField, checked, page_of, page_query, paged
from socialapp.posts.api import PostSerializer
from socialapp.search.asked import LONGEST, understood
from socialapp.search.queries import COUNTED_UP_TO, Tag, find_posts, tags_beginning

Q = OpenApiParameter("q", str, description='Words, "a phrase", -not, from:username, #hashtag.')


class SearchQuery(serializers.Serializer[Any]):
    """What to look for."""

    q = BodyField(required=False, default="", allow_blank=True, max_length=LONGEST)


class TagSerializer(serializers.Serializer[Tag]):
    """A hashtag."""

    name = serializers.CharField()
    posts = serializers.IntegerField(max_value=COUNTED_UP_TO)


class SearchView(APIView):
    """Find posts."""

    @extend_schema(operation_id="posts_find", parameters=[Q, *PAGE_PARAMETERS], responses=page_of(PostSerializer))
    def get(self, request: Request) -> Response:
        """Posts with these words, the newest first; none for an empty `q`."""
        asked = understood(checked(SearchQuery, request.query_params)["q"])
        return paged(request, find_posts(asked, request.user.pk, *page_query(request)), PostSerializer)


class TagsView(APIView):
    """Find hashtags."""

    @extend_schema(
        operation_id="tags_find",
        parameters=[OpenApiParameter("q", str, description="Beginning of a hashtag.")],
        responses=TagSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Up to 20 hashtags that begin so, with the number of their posts (100 for that many or more)."""
        found = tags_beginning(checked(SearchQuery, request.query_params)["q"])
        return Response([TagSerializer(tag).data for tag in found])
