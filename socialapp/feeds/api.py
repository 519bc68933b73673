"""Feeds and profiles in the API."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.api.endpoints import PAGE_PARAMETERS, checked, page_of, page_query, paged
from socialapp.api.fields import BodyField, Flag, TextField
from socialapp.api.pagination import Page
from socialapp.feeds.profiles import Profile, profile_of
from socialapp.feeds.queries import FeedItem, home_feed, profile_feed, profile_replies, public_feed
from socialapp.follows.follow_requests import Waiting, set_locked
from socialapp.follows.queries import person_seen, person_unblocked
from socialapp.posts.api import PostSerializer
from socialapp.users.api import AvatarField, PersonSerializer
from socialapp.users.operations import POSTING, choose_language, choose_posting, choose_reachable, edit_profile
from socialapp.users.requests import MemberApiRequest
from socialapp.visibility import Reachable, Visibility


class FeedPostSerializer(PostSerializer):
    """A post in a feed: there since `at`, because its author posted it or `shared_by` shared it."""

    shared_by = PersonSerializer(allow_null=True)
    at = serializers.DateTimeField()


class ProfileSerializer(serializers.Serializer[Profile]):
    """A person's profile, with counts; `is_followed` says whether the caller follows them, `is_requested` asked to.

    `is_blocked`: the caller blocks them. `locked`: they approve their followers. `reachable_by`: who may reply to
    them and mention them.
    `moved_to`: the username of the account to which they moved, or null.
    """

    username = serializers.CharField(source="person.username")
    name = serializers.CharField(source="person.plain_name")
    bio = serializers.CharField(source="person.bio")
    avatar = AvatarField(source="person.avatar")
    joined_at = serializers.DateTimeField(source="person.joined_at")
    posts = serializers.IntegerField()
    followers = serializers.IntegerField()
    following = serializers.IntegerField()
    is_followed = serializers.BooleanField()
    is_requested = serializers.BooleanField()
    is_blocked = serializers.BooleanField()
    moved_to = serializers.CharField(source="moved_to.username", default=None, allow_null=True)
    locked = serializers.BooleanField(source="person.locked")
    reachable_by = serializers.ChoiceField(choices=Reachable.choices, source="person.reachable_by")


class MeSerializer(ProfileSerializer):
    """The caller's own profile, with the mail address and language that only they see."""

    email = serializers.CharField(source="person.email")
    language = serializers.CharField(source="person.language")
    post_visibility = serializers.ChoiceField(source="person.post_visibility", choices=Visibility.choices)
    post_language = serializers.CharField(source="person.post_language")
    opens_warnings = serializers.BooleanField(source="person.opens_warnings")
    shows_sensitive = serializers.BooleanField(source="person.shows_sensitive")


class ProfileChange(serializers.Serializer[Any]):
    """The parts of the caller's profile that they can change."""

    name = TextField(required=False, allow_blank=True, max_length=60)
    bio = BodyField(required=False, allow_blank=True, max_length=500)
    language = serializers.ChoiceField(choices=[code for code, _ in settings.LANGUAGES], required=False)
    post_visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    post_language = TextField(required=False, allow_blank=True, max_length=35)
    opens_warnings = Flag(required=False)
    shows_sensitive = Flag(required=False)
    reachable_by = serializers.ChoiceField(
        choices=Reachable.choices, required=False, help_text="Who may reply to the caller and mention them."
    )
    locked = Flag(required=False, help_text="Whether the caller approves their followers.")
    waiting_requests = serializers.ChoiceField(
        choices=[each.value for each in Waiting],
        required=False,
        help_text="With `locked` false: what workers make of the requests that wait. They are left by default.",
    )


def _paged_feed(request: Request, page: Page[FeedItem]) -> Response:
    for item in page.items:
        # A post stands in a feed once, so these belong to it here.
        item.post.shared_by, item.post.at = item.shared_by, item.at  # type: ignore[attr-defined]
    return paged(request, page.with_items([item.post for item in page.items]), FeedPostSerializer)


class FeedView(APIView):
    """The caller's home feed."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(FeedPostSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """List what the caller and the people they follow posted and shared, newest first.

        Each post comes once per page; one that was shared may come again on a later page, with the same `id`. A reply
        is included when it answers the caller or somebody they follow.
        """
        return _paged_feed(request, home_feed(request.user.pk, *page_query(request)))


class PublicView(APIView):
    """The public feed."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(FeedPostSerializer))
    def get(self, request: Request) -> Response:
        """List all public posts that begin a conversation, newest first.

        Anyone may read it. With a token, people who are blocked by the caller, or who blocked the caller, are left out.
        """
        return _paged_feed(request, public_feed(*page_query(request), viewer_id=request.user.pk))


class ProfileView(APIView):
    """A person's profile."""

    @extend_schema(responses=ProfileSerializer)
    def get(self, request: Request, username: str) -> Response:
        """Return a person's name, bio, picture and counts.

        Anyone may read it, except with the token of a person they block: 404.
        """
        return Response(ProfileSerializer(profile_of(person_seen(username, request.user.pk), request.user.pk)).data)


class ProfilePostsView(APIView):
    """A person's posts."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(FeedPostSerializer))
    def get(self, request: Request, username: str) -> Response:
        """List what a person posted and shared, without replies, newest first.

        Anyone may read it. A post that was shared may come again on a later page, as posted: compare its `id`.
        """
        page = profile_feed(
            person_unblocked(username, request.user.pk).pk, *page_query(request), viewer_id=request.user.pk
        )
        return _paged_feed(request, page)


class ProfileRepliesView(APIView):
    """A person's replies."""

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(FeedPostSerializer))
    def get(self, request: Request, username: str) -> Response:
        """List a person's replies to others and to themselves, newest first.

        Anyone may read it.
        """
        page = profile_replies(
            person_unblocked(username, request.user.pk).pk, *page_query(request), viewer_id=request.user.pk
        )
        return _paged_feed(request, page)


class MeView(APIView):
    """The caller's own profile."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=MeSerializer)
    def get(self, request: MemberApiRequest) -> Response:
        """Return the profile of the person whose token or session sends this request."""
        return Response(MeSerializer(profile_of(request.user, None)).data)

    @extend_schema(request=ProfileChange, responses=MeSerializer)
    def patch(self, request: MemberApiRequest) -> Response:
        """Change the caller's profile, language, `locked` or choices about posts; fields left out stay as they are.

        `language` is the language of pages, mail and push messages. With `locked`, the caller approves their followers.
        New posts begin with `post_visibility` and `post_language`; `opens_warnings` and `shows_sensitive` say how posts
        are shown. Sending the same values again changes nothing.
        """
        values = checked(ProfileChange, request.data, partial=True)
        if language := values.pop("language", None):
            choose_language(person=request.user, language=language)
        if by := values.pop("reachable_by", None):
            choose_reachable(person=request.user, by=by)
        waiting = Waiting(values.pop("waiting_requests", Waiting.LEAVE))
        if (locked := values.pop("locked", None)) is not None:
            set_locked(person=request.user, locked=locked, waiting=waiting)
        choose_posting(person=request.user, **{name: values.pop(name) for name in POSTING if name in values})
        edit_profile(person=request.user, **values)
        return self.get(request)
