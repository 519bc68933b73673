"""Feeds and profiles through the API."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.api.endpoints import PAGE_PARAMETERS, checked, page_of, page_query, paged
from socialapp.api.fields import BodyField, TextField
from socialapp.api.pagination import Page
from socialapp.feeds.profiles import Profile, profile_of
from socialapp.feeds.queries import FeedItem, home_feed, profile_feed, profile_replies, public_feed
from socialapp.posts.api import PostSerializer
from socialapp.users.api import AvatarField, PersonSerializer
from socialapp.users.operations import choose_language, edit_profile
from socialapp.users.queries import person_named
from socialapp.users.requests import MemberApiRequest


class FeedPostSerializer(PostSerializer):
    """A post in a feed: there since `at`, because its author posted it or `shared_by` shared it."""

    shared_by = PersonSerializer(allow_null=True)
    at = serializers.DateTimeField()


class ProfileSerializer(serializers.Serializer[Profile]):
    """Somebody; `is_followed` by the caller."""

    username = serializers.CharField(source="person.username")
    name = serializers.CharField(source="person.plain_name")
    bio = serializers.CharField(source="person.bio")
    avatar = AvatarField(source="person.avatar")
    joined_at = serializers.DateTimeField(source="person.joined_at")
    posts = serializers.IntegerField()
    followers = serializers.IntegerField()
    following = serializers.IntegerField()
    is_followed = serializers.BooleanField()


class MeSerializer(ProfileSerializer):
    """Oneself; the mail address is nobody else's to see."""

    email = serializers.CharField(source="person.email")
    language = serializers.CharField(source="person.language")


class ProfileChange(serializers.Serializer[Any]):
    """What one may change of oneself."""

    name = TextField(required=False, allow_blank=True, max_length=60)
    bio = BodyField(required=False, allow_blank=True, max_length=500)
    language = serializers.ChoiceField(choices=[code for code, _ in settings.LANGUAGES], required=False)


def _paged_feed(request: Request, page: Page[FeedItem]) -> Response:
    for item in page.items:
        # A post stands in a feed once, so these belong to it here.
        item.post.shared_by, item.post.at = item.shared_by, item.at  # type: ignore[attr-defined]
    return paged(request, page.with_items([item.post for item in page.items]), FeedPostSerializer)


class FeedView(APIView):
    """The home feed."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(FeedPostSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """What the caller and the people they follow posted and shared, newest first."""
        return _paged_feed(request, home_feed(request.user.pk, *page_query(request)))


class PublicView(APIView):
    """The public feed."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(FeedPostSerializer))
    def get(self, request: Request) -> Response:
        """What everybody posted, newest first."""
        return _paged_feed(request, public_feed(*page_query(request), viewer_id=request.user.pk))


class ProfileView(APIView):
    """Somebody."""

    @extend_schema(responses=ProfileSerializer)
    def get(self, request: Request, username: str) -> Response:
        """Name, bio and counts."""
        return Response(ProfileSerializer(profile_of(person_named(username), request.user.pk)).data)


class ProfilePostsView(APIView):
    """Somebody's posts."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(FeedPostSerializer))
    def get(self, request: Request, username: str) -> Response:
        """What they posted and shared, without replies, newest first."""
        page = profile_feed(person_named(username).pk, *page_query(request), viewer_id=request.user.pk)
        return _paged_feed(request, page)


class ProfileRepliesView(APIView):
    """Somebody's replies."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(FeedPostSerializer))
    def get(self, request: Request, username: str) -> Response:
        """What they replied to others and to themselves, newest first."""
        page = profile_replies(person_named(username).pk, *page_query(request), viewer_id=request.user.pk)
        return _paged_feed(request, page)


class MeView(APIView):
    """The caller."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=MeSerializer)
    def get(self, request: MemberApiRequest) -> Response:
        """Whom this token or session speaks for."""
        return Response(MeSerializer(profile_of(request.user, None)).data)

    @extend_schema(request=ProfileChange, responses=MeSerializer)
    def patch(self, request: MemberApiRequest) -> Response:
        """Change any of these; others stay. `language` is that of pages, mail and push."""
        values = checked(ProfileChange, request.data, partial=True)
        if language := values.pop("language", None):
            choose_language(person=request.user, language=language)
        edit_profile(person=request.user, **values)
        return self.get(request)
