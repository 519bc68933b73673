"""Posts through the API."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.api.endpoints import (
    KEY_PARAMETER,
    PAGE_PARAMETERS,
    checked,
    idempotency_key,
    page_of,
    page_query,
    paged,
)
from socialapp.api.fields import BodyField, IdField, ShortList, TextField
from socialapp.api.idempotency import digest_of
from socialapp.api.problems import problems
from socialapp.media.api import PictureSerializer
from socialapp.posts import operations
from socialapp.posts.galleries import Attachment
from socialapp.posts.models import BODY_LENGTH, DESCRIPTION_LENGTH, PICTURES, Post
from socialapp.posts.queries import posts_tagged, summarise, visible_post
from socialapp.users.api import PersonSerializer
from socialapp.users.requests import MemberApiRequest


class PostPictureSerializer(PictureSerializer):
    """A picture in a post, and what it shows."""

    id = serializers.IntegerField(source="picture.pk")
    description = serializers.CharField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        # The row that says so stands before the picture.
        return {**PictureSerializer(instance.picture).data, "description": instance.description}


class PostSerializer(serializers.Serializer[Post]):
    """A post or a reply, its counts, and whether the caller is among them. `url` is its page.

    `reply_to` is the id of the post that it answers, null when that was removed for good; `thread` of the post that
    began the conversation. Both are null for a post that begins one.
    """

    id = serializers.IntegerField()
    reply_to = serializers.IntegerField(source="reply_to_id", allow_null=True)
    thread = serializers.IntegerField(allow_null=True)
    author = PersonSerializer()
    body = serializers.CharField()
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    likes = serializers.IntegerField(source="summary.likes", default=0)
    shares = serializers.IntegerField(source="summary.shares", default=0)
    comments = serializers.IntegerField(source="summary.comments", default=0)
    liked = serializers.BooleanField(source="summary.liked", default=False)
    shared = serializers.BooleanField(source="summary.shared", default=False)
    bookmarked = serializers.BooleanField(source="summary.bookmarked", default=False)
    pictures = PostPictureSerializer(source="summary.pictures", many=True, default=())
    url = serializers.SerializerMethodField()

    def get_url(self, post: Post) -> str:
        """Where a browser reads it."""
        return settings.PUBLIC_URL + reverse("posts:post", args=[post.pk])


class AttachmentBody(serializers.Serializer[Any]):
    """A picture that was uploaded before, and what it shows."""

    id = IdField()
    description = TextField(required=False, default="", allow_blank=True, max_length=DESCRIPTION_LENGTH)


class PostBody(serializers.Serializer[Any]):
    """What an author writes and shows: words, up to 4 pictures, or both."""

    body = BodyField(required=False, default="", allow_blank=True, max_length=BODY_LENGTH)
    pictures = ShortList(child=AttachmentBody(), required=False, max_length=PICTURES)


class PostChange(serializers.Serializer[Any]):
    """What an author changes. With `pictures`, those that are not named go; none can be added."""

    body = BodyField(required=False, allow_blank=True, max_length=BODY_LENGTH)
    pictures = ShortList(child=AttachmentBody(), required=False, max_length=PICTURES)


def attachments(values: dict[str, Any]) -> list[Attachment]:
    """The pictures that a body names."""
    return [Attachment(each["id"], each["description"]) for each in values.get("pictures", ())]


def as_post(post: Post, viewer_id: int | None) -> dict[str, Any]:
    """As JSON, with its counts."""
    return PostSerializer(summarise([post], viewer_id)[0]).data


class PostsView(APIView):
    """New posts."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        parameters=[KEY_PARAMETER],
        request=PostBody,
        responses={201: PostSerializer, 200: PostSerializer, **problems(409, 422)},
    )
    def post(self, request: MemberApiRequest) -> Response:
        """201 with the post; 200 with the earlier one when its Idempotency-Key was used before."""
        values = checked(PostBody, request.data)
        post, is_new = operations.publish_post(
            author=request.user,
            body=values["body"],
            key=idempotency_key(request),
            digest=digest_of(values["body"], values.get("pictures", [])),
            pictures=attachments(values),
        )
        return Response(as_post(post, request.user.pk), status=201 if is_new else 200)


class PostView(APIView):
    """One post."""

    @extend_schema(responses=PostSerializer)
    def get(self, request: Request, post_id: int) -> Response:
        """For everybody."""
        return Response(as_post(visible_post(post_id), request.user.pk))

    @extend_schema(request=PostChange, responses=PostSerializer)
    def patch(self, request: MemberApiRequest, post_id: int) -> Response:
        """Edit it; what it said before stays in its history. Only for its author."""
        values = checked(PostChange, request.data)
        post = operations.edit_post(
            post_id=post_id,
            by=request.user,
            body=values.get("body"),
            pictures=attachments(values) if "pictures" in values else None,
        )
        return Response(as_post(post, request.user.pk))

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, post_id: int) -> Response:
        """Gone for everybody at once. Only for its author."""
        operations.delete_post(post_id=post_id, by=request.user)
        return Response(status=204)


class TagView(APIView):
    """A hashtag."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PostSerializer))
    def get(self, request: Request, name: str) -> Response:
        """The posts with it, newest first."""
        page = posts_tagged(name, *page_query(request), viewer_id=request.user.pk)
        summarise(page.items, request.user.pk)
        return paged(request, page, PostSerializer)
