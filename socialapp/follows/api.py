"""Who follows whom, through the API."""

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.api.endpoints import PAGE_PARAMETERS, page_of, page_query, paged
from socialapp.api.pagination import paginate
from socialapp.follows import operations
from socialapp.follows.queries import blocks_of, followers_of, following_of
from socialapp.users.api import PersonSerializer
from socialapp.users.queries import person_named
from socialapp.users.requests import MemberApiRequest

BLOCKED = inline_serializer("Blocked", {"blocked": serializers.BooleanField()})
FOLLOWING = inline_serializer("Following", {"following": serializers.BooleanField()})


class FollowersView(APIView):
    """Who follows someone."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: Request, username: str) -> Response:
        """The newest first."""
        cursor, size = page_query(request)
        found = followers_of(person_named(username).pk, request.user.pk)
        page = paginate(found, ["-id"], cursor, size)
        return paged(request, page.with_items([follow.follower for follow in page.items]), PersonSerializer)


class FollowingView(APIView):
    """Whom someone follows."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: Request, username: str) -> Response:
        """The newest first."""
        cursor, size = page_query(request)
        found = following_of(person_named(username).pk, request.user.pk)
        page = paginate(found, ["-id"], cursor, size)
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


class BlocksView(APIView):
    """Whom the caller blocks."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """The newest first."""
        cursor, size = page_query(request)
        page = paginate(blocks_of(request.user.pk), ["-id"], cursor, size)
        return paged(request, page.with_items([block.blocked for block in page.items]), PersonSerializer)


class BlockView(APIView):
    """Block and unblock. Both may be repeated."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={201: BLOCKED, 200: BLOCKED})
    def put(self, request: MemberApiRequest, username: str) -> Response:
        """201 the first time, 200 after. Neither follows the other any more."""
        is_new = operations.block(blocker_id=request.user.pk, blocked_id=person_named(username).pk)
        return Response({"blocked": True}, status=201 if is_new else 200)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, username: str) -> Response:
        """204, also when they were not blocked."""
        operations.unblock(blocker_id=request.user.pk, blocked_id=person_named(username).pk)
        return Response(status=204)
