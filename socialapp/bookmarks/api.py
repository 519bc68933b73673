"""Bookmarks through the API."""

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.api.endpoints import PAGE_PARAMETERS, page_of, page_query, paged
from socialapp.bookmarks import operations
from socialapp.bookmarks.queries import bookmarks_of
from socialapp.posts.api import PostSerializer
from socialapp.users.requests import MemberApiRequest

BOOKMARKED = inline_serializer("Bookmarked", {"bookmarked": serializers.BooleanField()})


class BookmarksView(APIView):
    """What the caller keeps."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PostSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """Posts, the one saved last first."""
        return paged(request, bookmarks_of(request.user.pk, *page_query(request)), PostSerializer)


class BookmarkView(APIView):
    """Keep a post, and let it go. Both may be repeated. Nobody else sees it."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={201: BOOKMARKED, 200: BOOKMARKED})
    def put(self, request: MemberApiRequest, post_id: int) -> Response:
        """201 the first time, 200 after."""
        is_new = operations.save(person_id=request.user.pk, post_id=post_id)
        return Response({"bookmarked": True}, status=201 if is_new else 200)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, post_id: int) -> Response:
        """204, also when there was nothing to let go."""
        operations.unsave(person_id=request.user.pk, post_id=post_id)
        return Response(status=204)
