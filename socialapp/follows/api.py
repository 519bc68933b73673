"""Follows and blocks in the API."""

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.api.endpoints import PAGE_PARAMETERS, page_of, page_query, paged
from socialapp.api.pagination import paginate
from socialapp.follows import operations
from socialapp.follows.queries import blocks_of, followers_of, following_of, person_unblocked
from socialapp.users.api import PersonSerializer
from socialapp.users.queries import person_named
from socialapp.users.requests import MemberApiRequest

BLOCKED = inline_serializer("Blocked", {"blocked": serializers.BooleanField()})
FOLLOWING = inline_serializer(
    "Following", {"following": serializers.BooleanField(), "requested": serializers.BooleanField()}
)


class FollowersView(APIView):
    """A person's followers."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: Request, username: str) -> Response:
        """List the people who follow this person, the newest follower first.

        Anyone may read it.
        """
        cursor, size = page_query(request)
        found = followers_of(person_unblocked(username, request.user.pk).pk, request.user.pk)
        page = paginate(found, ["-id"], cursor, size)
        return paged(request, page.with_items([follow.follower for follow in page.items]), PersonSerializer)


class FollowingView(APIView):
    """The people a person follows."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: Request, username: str) -> Response:
        """List the people this person follows, the latest followed first.

        Anyone may read it.
        """
        cursor, size = page_query(request)
        found = following_of(person_unblocked(username, request.user.pk).pk, request.user.pk)
        page = paginate(found, ["-id"], cursor, size)
        return paged(request, page.with_items([follow.followee for follow in page.items]), PersonSerializer)


class FollowView(APIView):
    """The caller's follow of one person."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={201: FOLLOWING, 200: FOLLOWING})
    def put(self, request: MemberApiRequest, username: str) -> Response:
        """Follow a person, so that the caller's home feed has their posts; ask to, if they approve their followers.

        Answers 201 the first time and 200 when the caller follows them or asked already: `requested` says that it
        waits for approval. 404 when one of the two blocked the other.
        """
        is_new, asked = operations.follow_or_ask(follower_id=request.user.pk, followee_id=person_named(username).pk)
        return Response({"following": not asked, "requested": asked}, status=201 if is_new else 200)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, username: str) -> Response:
        """Stop following a person, or take back a request to.

        Answers 204, also when there was neither.
        """
        operations.unfollow(follower_id=request.user.pk, followee_id=person_named(username).pk)
        return Response(status=204)


class BlocksView(APIView):
    """The caller's blocks."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """List the people blocked by the caller, the latest first.

        Only the caller sees this list.
        """
        cursor, size = page_query(request)
        page = paginate(blocks_of(request.user.pk), ["-id"], cursor, size)
        return paged(request, page.with_items([block.blocked for block in page.items]), PersonSerializer)


class BlockView(APIView):
    """The caller's block of one person."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={201: BLOCKED, 200: BLOCKED})
    def put(self, request: MemberApiRequest, username: str) -> Response:
        """Block a person: they can neither follow the caller nor react to the caller's posts.

        Neither follows the other any more, and neither is shown to the other. Answers 201 the first time and 200 when
        they were blocked already.
        """
        is_new = operations.block(blocker_id=request.user.pk, blocked_id=person_named(username).pk)
        return Response({"blocked": True}, status=201 if is_new else 200)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, username: str) -> Response:
        """Unblock a person. Follows that the block ended do not come back.

        Answers 204, also when they were not blocked.
        """
        operations.unblock(blocker_id=request.user.pk, blocked_id=person_named(username).pk)
        return Response(status=204)
