"""The earlier texts of posts in the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.api.endpoints import PAGE_PARAMETERS, page_of, page_query, paged
from socialapp.api.pagination import paginate
from socialapp.posts import operations
from socialapp.posts.models import PostVersion
from socialapp.posts.queries import versions, visible_post
from socialapp.users.requests import MemberApiRequest


class PostVersionSerializer(serializers.Serializer[PostVersion]):
    """The text of a post, and its content warning, from `created_at` until it was edited."""

    id = serializers.IntegerField()
    body = serializers.CharField()
    warning = serializers.CharField()
    created_at = serializers.DateTimeField()


class PostVersionsView(APIView):
    """The earlier texts of a post."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PostVersionSerializer))
    def get(self, request: Request, post_id: int) -> Response:
        """List the earlier texts of a post or reply, the newest first.

        Anyone who may read the post may read them. Empty if it was never edited, or its versions were removed.
        """
        found = versions(visible_post(post_id, request.user.pk))
        cursor, size = page_query(request)
        return paged(request, paginate(found, ["-id"], cursor, size), PostVersionSerializer)


class PostVersionView(APIView):
    """One earlier text of a post."""

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, post_id: int, version_id: int) -> Response:
        """Remove an earlier text of one of the caller's own posts for good.

        Answers 204; 403 when somebody else wrote the post, 404 when there is no such version.
        """
        operations.remove_version(post_id=post_id, version_id=version_id, by=request.user)
        return Response(status=204)
