"""Bookmarks in the API."""

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
    """The caller's bookmarks."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PostSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """List the posts that the caller saved, the latest saved first.

        Only the caller sees this list. Posts that were deleted or hidden since are left out.
        """
        return paged(request, bookmarks_of(request.user.pk, *page_query(request)), PostSerializer)


class BookmarkView(APIView):
    """The caller's bookmark of one post."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={201: BOOKMARKED, 200: BOOKMARKED})
    def put(self, request: MemberApiRequest, post_id: int) -> Response:
        """Save a post to the caller's bookmarks.

        Answers 201 the first time and 200 when the post was saved already. Only the caller sees it: a bookmark is
        neither counted nor does it notify the author.
        """
        is_new = operations.save(person_id=request.user.pk, post_id=post_id)
        return Response({"bookmarked": True}, status=201 if is_new else 200)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, post_id: int) -> Response:
        """Remove a post from the caller's bookmarks.

        Answers 204, also when the post was not saved.
        """
        operations.unsave(person_id=request.user.pk, post_id=post_id)
        return Response(status=204)
