"""Likes, shares and replies in the API. A like is one call of an operation, and one SQL statement there."""

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reactions import operations
from reactions.queries import likes_of, shares_of
from socialapp.api.endpoints import (
    KEY_PARAMETER,
    PAGE_PARAMETERS,
    checked,
    idempotency_key,
    page_of,
    page_query,
    paged,
)
from socialapp.api.idempotency import digest_of
from socialapp.api.pagination import Page, paginate
from socialapp.api.problems import problems
from socialapp.posts.api import PostBody, PostSerializer, attachments, written
from socialapp.posts.conversations import replies_to
from socialapp.posts.framing import Framing
from socialapp.posts.queries import visible_post
from socialapp.users.api import PersonSerializer
from socialapp.users.authentication import UncheckedBearer, as_caller
from socialapp.users.requests import MemberApiRequest

LIKED = inline_serializer("Liked", {"liked": serializers.BooleanField()})
SHARED = inline_serializer("Shared", {"shared": serializers.BooleanField()})


@extend_schema(methods=["PUT"], request=None, responses={201: LIKED, 200: LIKED})
@extend_schema(methods=["DELETE"], responses={204: None})
class LikeView(APIView):
    """The caller's like of a post."""

    authentication_classes = (UncheckedBearer, SessionAuthentication)
    permission_classes = (IsAuthenticated,)

    def put(self, request: MemberApiRequest, post_id: int) -> Response:
        """Like a post or reply. Its author is notified, once.

        Answers 201 the first time and 200 when the caller likes it already. 404 when it is gone or its author blocked
        the caller.
        """
        is_new = as_caller(request, partial(operations.like, post_id=post_id))
        return Response({"liked": True}, status=201 if is_new else 200)

    def delete(self, request: MemberApiRequest, post_id: int) -> Response:
        """Take back the caller's like.

        Answers 204, also when there was none.
        """
        operations.unlike(post_id=post_id, person_id=request.user.pk)
        return Response(status=204)


@extend_schema(methods=["PUT"], request=None, responses={201: SHARED, 200: SHARED})
@extend_schema(methods=["DELETE"], responses={204: None})
class ShareView(APIView):
    """The caller's share of a post."""

    authentication_classes = (UncheckedBearer, SessionAuthentication)
    permission_classes = (IsAuthenticated,)

    def put(self, request: MemberApiRequest, post_id: int) -> Response:
        """Share a post or reply with the caller's followers. Its author is notified, once.

        Answers 201 the first time and 200 when the caller shares it already. 404 when it is gone or its author blocked
        the caller; 400 when the caller may see it but it is not for everybody.
        """
        is_new = as_caller(request, partial(operations.share, post_id=post_id))
        return Response({"shared": True}, status=201 if is_new else 200)

    def delete(self, request: MemberApiRequest, post_id: int) -> Response:
        """Take back the caller's share.

        Answers 204, also when there was none.
        """
        operations.unshare(post_id=post_id, person_id=request.user.pk)
        return Response(status=204)


class LikesView(APIView):
    """The people who like a post."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: Request, post_id: int) -> Response:
        """List the people who like this post, the newest first.

        Anyone may read it.
        """
        cursor, size = page_query(request)
        post = visible_post(post_id, request.user.pk)
        return _people(request, paginate(likes_of(post.pk, request.user.pk), ["-id"], cursor, size))


class SharesView(APIView):
    """The people who shared a post."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PersonSerializer))
    def get(self, request: Request, post_id: int) -> Response:
        """List the people who shared this post, the newest first.

        Anyone may read it.
        """
        cursor, size = page_query(request)
        post = visible_post(post_id, request.user.pk)
        return _people(request, paginate(shares_of(post.pk, request.user.pk), ["-id"], cursor, size))


def _people(request: Request, page: Page[Any]) -> Response:
    return paged(request, page.with_items([row.person for row in page.items]), PersonSerializer)


class CommentsView(APIView):
    """The replies to a post."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PostSerializer))
    def get(self, request: Request, post_id: int) -> Response:
        """List the replies to this post, oldest first. Each may have replies of its own: `comments` says how many.

        Replies whose own post was removed for good are in the list of the post that began the thread. Anyone may read
        it.
        """
        cursor, size = page_query(request)
        page = replies_to(visible_post(post_id, request.user.pk), cursor, size, request.user.pk)
        return paged(request, page, PostSerializer)

    @extend_schema(
        parameters=[KEY_PARAMETER],
        request=PostBody,
        responses={201: PostSerializer, 200: PostSerializer, **problems(409, 422)},
    )
    def post(self, request: MemberApiRequest, post_id: int) -> Response:
        """Reply to this post or reply as the caller. The reply is a post of its own.

        Answers 201 with the reply. Sent again with the same Idempotency-Key and body, it answers 200 with the first
        reply; 422 with another body, 409 when the first reply was deleted. 404 when the post is gone or its author
        blocked the caller; 400 with a `visibility` for more people than the post is for.
        """
        values = checked(PostBody, request.data)
        reply, is_new = operations.comment(
            post_id=post_id,
            author=request.user,
            body=values["body"],
            key=idempotency_key(request),
            digest=digest_of(
                post_id, values["body"], values.get("pictures", []), *(framing := Framing.of(values)).digest
            ),
            pictures=(pictures := attachments(values)),
            framing=framing,
        )
        return written(reply, is_new, has_pictures=bool(pictures))
