"""Reactions through the API. A like is one call into operations, and one statement there."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reactions import operations
from reactions.models import COMMENT_LENGTH, Comment
from reactions.queries import comments_of, likes_of, shares_of, visible_comment
from reactions.threads import ORDER
from socialapp.http.api import (
    KEY_PARAMETER,
    PAGE_PARAMETERS,
    checked,
    idempotency_key,
    page_of,
    page_query,
    paged,
)
from socialapp.http.fields import BodyField, IdField
from socialapp.http.keyset import Page, paginate
from socialapp.http.problems import problems
from socialapp.posts.queries import visible_post
from socialapp.users.api import PersonSerializer
from socialapp.users.requests import MemberApiRequest

LIKED = inline_serializer("Liked", {"liked": serializers.BooleanField()})
SHARED = inline_serializer("Shared", {"shared": serializers.BooleanField()})


class CommentSerializer(serializers.Serializer[Comment]):
    """A comment; `post` and `reply_to` are ids."""

    id = serializers.IntegerField()
    post = serializers.IntegerField(source="post_id")
    author = PersonSerializer()
    body = serializers.CharField()
    reply_to = serializers.IntegerField(source="reply_to_id", allow_null=True)
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)


class CommentBody(serializers.Serializer[Any]):
    """What someone comments."""

    body = BodyField(max_length=COMMENT_LENGTH)
    reply_to = IdField(required=False, allow_null=True)


class CommentEdit(serializers.Serializer[Any]):
    """What a comment says from now on."""

    body = BodyField(max_length=COMMENT_LENGTH)


class _ReactionView(APIView):
    """Do it, and take it back. Both may be repeated."""

    permission_classes = (IsAuthenticated,)
    done = ""
    react: Callable[..., bool]
    take_back: Callable[..., bool]

    def put(self, request: MemberApiRequest, post_id: int) -> Response:
        """201 the first time, 200 after."""
        is_new = type(self).react(post_id=post_id, person_id=request.user.pk)
        return Response({self.done: True}, status=201 if is_new else 200)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, post_id: int) -> Response:
        """204, also when there was nothing to take back."""
        type(self).take_back(post_id=post_id, person_id=request.user.pk)
        return Response(status=204)


@extend_schema(methods=["PUT"], request=None, responses={201: LIKED, 200: LIKED})
class LikeView(_ReactionView):
    """Like a post."""

    done = "liked"
    react = staticmethod(operations.like)
    take_back = staticmethod(operations.unlike)


@extend_schema(methods=["PUT"], request=None, responses={201: SHARED, 200: SHARED})
class ShareView(_ReactionView):
    """Share a post with one's followers."""

    done = "shared"
    react = staticmethod(operations.share)
    take_back = staticmethod(operations.unshare)


class LikesView(APIView):
    """Who likes a post."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: Request, post_id: int) -> Response:
        """The newest first."""
        cursor, size = page_query(request)
        return _people(request, paginate(likes_of(visible_post(post_id).pk, request.user.pk), ["-id"], cursor, size))


class SharesView(APIView):
    """Who shared a post."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: Request, post_id: int) -> Response:
        """The newest first."""
        cursor, size = page_query(request)
        return _people(request, paginate(shares_of(visible_post(post_id).pk, request.user.pk), ["-id"], cursor, size))


def _people(request: Request, page: Page[Any]) -> Response:
    return paged(request, page.with_items([row.person for row in page.items]), PersonSerializer)


class CommentsView(APIView):
    """The comments of a post."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(CommentSerializer))
    def get(self, request: Request, post_id: int) -> Response:
        """Thread by thread, each the oldest first."""
        cursor, size = page_query(request)
        page = paginate(comments_of(visible_post(post_id).pk), ORDER, cursor, size)
        return paged(request, page, CommentSerializer)

    @extend_schema(
        parameters=[KEY_PARAMETER],
        request=CommentBody,
        responses={201: CommentSerializer, 200: CommentSerializer, **problems(409, 422)},
    )
    def post(self, request: MemberApiRequest, post_id: int) -> Response:
        """201 with the comment; 200 with the earlier one when its Idempotency-Key was used before."""
        values = checked(CommentBody, request.data)
        comment, is_new = operations.comment(
            post_id=post_id,
            author=request.user,
            body=values["body"],
            reply_to_id=values.get("reply_to"),
            key=idempotency_key(request),
        )
        return Response(CommentSerializer(comment).data, status=201 if is_new else 200)


class CommentView(APIView):
    """One comment."""

    @extend_schema(responses=CommentSerializer)
    def get(self, _request: Request, comment_id: int) -> Response:
        """For everybody."""
        return Response(CommentSerializer(visible_comment(comment_id)).data)

    @extend_schema(request=CommentEdit, responses=CommentSerializer)
    def patch(self, request: MemberApiRequest, comment_id: int) -> Response:
        """Edit it. Only for its author."""
        body = checked(CommentEdit, request.data)["body"]
        return Response(
            CommentSerializer(operations.edit_comment(comment_id=comment_id, by=request.user, body=body)).data
        )

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, comment_id: int) -> Response:
        """Its replies stay. Only for its author."""
        operations.delete_comment(comment_id=comment_id, by=request.user)
        return Response(status=204)
