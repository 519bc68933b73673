"""Who follows whom, through the API."""

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.follows import operations
from socialapp.follows.queries import followers_of, following_of
from socialapp.http.api import PAGE_PARAMETERS, page_of, page_query, paged
from socialapp.http.keyset import paginate
from socialapp.users.api import PersonSerializer
from socialapp.users.queries import person_named
from socialapp.users.requests import MemberApiRequest

FOLLOWING = inline_serializer("Following", {"following": serializers.BooleanField()})


class FollowersView(APIView):
    """Who follows someone."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: Request, username: str) -> Response:
        """The newest first."""
        cursor, size = page_query(request)
        page = paginate(followers_of(person_named(username).pk), ["-id"], cursor, size)
        return paged(request, page.with_items([follow.follower for follow in page.items]), PersonSerializer)


class FollowingView(APIView):
    """Whom someone follows."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: Request, username: str) -> Response:
        """The newest first."""
        cursor, size = page_query(request)
        page = paginate(following_of(person_named(username).pk), ["-id"], cursor, size)
        return paged(request, page.with_items([follow.followee for follow in page.items]), PersonSerializer)


class FollowView(APIView):
    """Follow, and stop following. Both may be repeated."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={201: FOLLOWING, 200: FOLLOWING})
    def put(self, request: MemberApiRequest, username: str) -> Response:
        """201 the first time, 200 after."""
        is_new = operations.follow(follower_id=request.user.pk, followee_id=person_named(username).pk)
        return Response({"following": True}, status=201 if is_new else 200)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, username: str) -> Response:
        """204, also when there was nothing to stop."""
        operations.unfollow(follower_id=request.user.pk, followee_id=person_named(username).pk)
        return Response(status=204)
