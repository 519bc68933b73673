"""Posts in the API."""

from dataclasses import replace
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
from socialapp.api.fields import BodyField, Flag, IdField, ShortList, TextField
from socialapp.api.idempotency import digest_of
from socialapp.api.problems import problems
from socialapp.media.api import PictureSerializer
from socialapp.posts import operations
from socialapp.posts.conversations import summarise_as_listed
from socialapp.posts.framing import Framing
from socialapp.posts.galleries import Attachment, show_pictures
from socialapp.posts.models import (
    BODY_LENGTH,
    DESCRIPTION_LENGTH,
    PICTURES,
    WARNING_LENGTH,
    Post,
)
from socialapp.posts.queries import post_to_read, posts_tagged, private_mentions, summarise
from socialapp.users.api import PersonSerializer
from socialapp.users.post_languages import LANGUAGE_LENGTH
from socialapp.users.requests import MemberApiRequest
from socialapp.visibility import Visibility


class PostPictureSerializer(PictureSerializer):
    """A picture in a post, with the description that its author gave it."""

    id = serializers.IntegerField(source="picture.pk")
    description = serializers.CharField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        # `instance` is the row that attaches the picture to the post.
        return {**PictureSerializer(instance.picture).data, "description": instance.description}


class PostSerializer(serializers.Serializer[Post]):
    """A post or a reply, with its counts and whether the caller liked, shared or saved it. `url` is its page.

    `reply_to` is the id of the post that it answers, null once that was removed for good; `thread` is the id of the
    post that began the conversation. Both are null for a post that begins one. `visibility` says who may see it. Show
    `warning`, unless it is empty, in place of text and pictures until somebody opens them, and blur pictures of a post
    that is `sensitive`. `language` is a tag of BCP 47, empty where it is not known. `filtered` is a phrase
    in it that the caller has muted, or empty. A post that `waits` is seen only by the caller, its author, until a
    moderator has reviewed it; so is one that moderators hid, which has a `hidden_reason`. Neither has counts.
    """

    id = serializers.IntegerField()
    reply_to = serializers.IntegerField(source="reply_to_id", allow_null=True)
    thread = serializers.IntegerField(allow_null=True)
    author = PersonSerializer()
    body = serializers.CharField()
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    warning = serializers.CharField()
    sensitive = serializers.BooleanField()
    language = serializers.CharField()
    likes = serializers.IntegerField(source="summary.likes", default=0)
    shares = serializers.IntegerField(source="summary.shares", default=0)
    comments = serializers.IntegerField(source="summary.comments", default=0)
    liked = serializers.BooleanField(source="summary.liked", default=False)
    shared = serializers.BooleanField(source="summary.shared", default=False)
    bookmarked = serializers.BooleanField(source="summary.bookmarked", default=False)
    filtered = serializers.CharField(default="")
    waits = serializers.BooleanField()
    hidden_reason = serializers.CharField()
    pictures = PostPictureSerializer(source="summary.pictures", many=True, default=())
    url = serializers.SerializerMethodField()

    def get_url(self, post: Post) -> str:
        """The address of its page, for a browser."""
        return settings.PUBLIC_URL + reverse("posts:post", args=[post.pk])


class AttachmentBody(serializers.Serializer[Any]):
    """A picture that the caller uploaded before, and its description for people who cannot see it."""

    id = IdField()
    description = TextField(required=False, default="", allow_blank=True, max_length=DESCRIPTION_LENGTH)


class FramingChange(serializers.Serializer[Any]):
    """How a post is shown, as far as an edit can change it."""

    warning = TextField(required=False, allow_blank=True, max_length=WARNING_LENGTH)
    sensitive = Flag(required=False)
    language = TextField(required=False, allow_blank=True, max_length=LANGUAGE_LENGTH)


class PostBody(FramingChange):
    """A new post: text, up to 4 pictures, or both.

    Without a `visibility`, a post has the one its author chose for new posts (`post_visibility` of `me/`). So has a
    reply, but it is never open to more people than the post it answers.
    """

    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)

    body = BodyField(required=False, default="", allow_blank=True, max_length=BODY_LENGTH)
    pictures = ShortList(child=AttachmentBody(), required=False, max_length=PICTURES)


class PostChange(FramingChange):
    """A change of a post. `pictures` names those that stay; the others are removed, and none can be added."""

    body = BodyField(required=False, allow_blank=True, max_length=BODY_LENGTH)
    pictures = ShortList(child=AttachmentBody(), required=False, max_length=PICTURES)


CHANGEABLE = ("warning", "sensitive", "language")


def _reframed(post_id: int, values: dict[str, Any]) -> Framing | None:
    """How a post is shown after this change of it; None where that stays as it is."""
    changes = {name: values[name] for name in CHANGEABLE if name in values}
    return replace(operations.framing_of(Post.objects.get(pk=post_id)), **changes) if changes else None


def attachments(values: dict[str, Any]) -> list[Attachment]:
    """The pictures that a validated body names."""
    return [Attachment(each["id"], each["description"]) for each in values.get("pictures", ())]


def written(post: Post, is_new: bool, *, has_pictures: bool) -> Response:
    """Return the response for the author of a post. A new one has no counts yet: only what it may have is looked up."""
    if (has_pictures or not is_new) and not post.waits:
        summarise([post], post.author_id)
    return Response(PostSerializer(post).data, status=201 if is_new else 200)


def _as_listed(post: Post, viewer_id: int | None) -> dict[str, Any]:
    """The same, with as many `comments` as the list of its replies has for this viewer; without counts if hidden."""
    if post.hidden_at:
        return PostSerializer(show_pictures(post, viewer_id)).data
    return PostSerializer(summarise_as_listed([post], viewer_id)[0]).data


class PostsView(APIView):
    """New posts."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        parameters=[KEY_PARAMETER],
        request=PostBody,
        responses={201: PostSerializer, 200: PostSerializer, **problems(409, 422)},
    )
    def post(self, request: MemberApiRequest) -> Response:
        """Publish a post as the caller.

        Answers 201 with the post. Sent again with the same Idempotency-Key and body, it answers 200 with the first
        post; 422 with another body, 409 when the first post was deleted. 400 when there is neither text nor a picture.
        """
        values = checked(PostBody, request.data)
        post, is_new = operations.publish_post(
            author=request.user,
            body=values["body"],
            key=idempotency_key(request),
            digest=digest_of(values["body"], values.get("pictures", []), *(framing := Framing.of(values)).digest),
            pictures=(pictures := attachments(values)),
            framing=framing,
        )
        return written(post, is_new, has_pictures=bool(pictures))


class PostView(APIView):
    """One post."""

    @extend_schema(responses=PostSerializer)
    def get(self, request: Request, post_id: int) -> Response:
        """Return a post or reply with its counts; `comments` is how many its list has for the caller.

        Public and unlisted posts can be read by anyone; posts for followers, by the author's followers and the people
        they mention; direct posts, only by the people they mention; posts that wait or were hidden, by their author.
        404 for all others, and when it was deleted, its author is suspended, or one of author and caller blocks the
        other.
        """
        return Response(_as_listed(post_to_read(post_id, request.user.pk), request.user.pk))

    @extend_schema(request=PostChange, responses=PostSerializer)
    def patch(self, request: MemberApiRequest, post_id: int) -> Response:
        """Edit one of the caller's own posts; its earlier text stays in its public history.

        Fields that are left out stay as they are; `visibility` cannot be changed, and `sensitive` stays true where a
        moderator marked the post. What looks like spam `waits`, as a new post does. 403 when somebody else wrote it.
        The same edit again changes nothing.
        """
        values = checked(PostChange, request.data)
        try:
            post = operations.edit_post(
                post_id=post_id,
                by=request.user,
                body=values.get("body"),
                pictures=attachments(values) if "pictures" in values else None,
                framing=_reframed(post_id, values),
            )
        except Post.DoesNotExist:
            post = operations.held_as_edited(post_id=post_id, by=request.user, body=values.get("body") or "")
        return Response(_as_listed(post, request.user.pk))

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, post_id: int) -> Response:
        """Delete one of the caller's own posts, also a hidden one, at once and for everybody; replies to it stay.

        Answers 204; 403 when somebody else wrote it, 404 when it is gone already.
        """
        operations.delete_post(post_id=post_id, by=request.user)
        return Response(status=204)


class PrivateView(APIView):
    """The caller's private mentions."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PostSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """List the direct posts that the caller wrote, and those that mention the caller, newest first."""
        return paged(request, private_mentions(request.user.pk, *page_query(request)), PostSerializer)


class TagView(APIView):
    """The posts with a hashtag."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(PostSerializer))
    def get(self, request: Request, name: str) -> Response:
        """List the posts with this hashtag, newest first. The name is written without its #, in any case.

        Anyone may read it. A hashtag that is not used has an empty list.
        """
        page = posts_tagged(name, *page_query(request), viewer_id=request.user.pk)
        summarise(page.items, request.user.pk)
        return paged(request, page, PostSerializer)
