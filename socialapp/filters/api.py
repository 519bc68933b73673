"""Muted words in the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.api.endpoints import PAGE_PARAMETERS, checked, page_of, page_query, paged
from socialapp.api.fields import Flag, MomentField, ShortList, TextField
from socialapp.api.pagination import paginate
from socialapp.api.problems import problems
from socialapp.filters import operations
from socialapp.filters.models import PHRASE_LENGTH, Action, Place, WordFilter
from socialapp.filters.queries import filters_of
from socialapp.users.requests import MemberApiRequest


class FilterSerializer(serializers.ModelSerializer[WordFilter]):
    """A muted phrase. `action`: posts with it are folded, or left out; `ends_at` null is for good."""

    phrase = TextField(max_length=PHRASE_LENGTH)
    whole_word = Flag(default=True)
    places = ShortList(child=serializers.ChoiceField(choices=Place.choices), min_length=1, max_length=len(Place))
    action = serializers.ChoiceField(choices=Action.choices, default=Action.FOLD.value)
    ends_at = MomentField(default=None, allow_null=True)

    class Meta:
        model = WordFilter
        fields = ("id", "phrase", "whole_word", "places", "action", "ends_at", "created_at")
        read_only_fields = ("id", "created_at")
        # Muting a phrase again changes how.
        validators = ()


class FiltersView(APIView):
    """The caller's muted phrases."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(FilterSerializer))
    def get(self, request: MemberApiRequest) -> Response:
        """List the caller's muted phrases, the newest first, also those whose time is over."""
        cursor, size = page_query(request)
        return paged(request, paginate(filters_of(request.user.pk), ["-id"], cursor, size), FilterSerializer)

    @extend_schema(request=FilterSerializer, responses={201: FilterSerializer})
    def post(self, request: MemberApiRequest) -> Response:
        """Mute a phrase in some places, for good or until a time. Muting the same phrase again changes how.

        Case does not matter; with `whole_word`, the phrase must begin and end where words do.
        """
        found = operations.mute_words(person=request.user, **checked(FilterSerializer, request.data))
        found.refresh_from_db()
        return Response(FilterSerializer(found).data, status=201)


class FilterView(APIView):
    """One of the caller's muted phrases."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=FilterSerializer, responses={200: FilterSerializer, **problems(404)})
    def put(self, request: MemberApiRequest, filter_id: int) -> Response:
        """Replace a filter by this one, under the same id."""
        values = checked(FilterSerializer, request.data)
        found = operations.mute_words(person=request.user, filter_id=filter_id, **values)
        found.refresh_from_db()
        return Response(FilterSerializer(found).data)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest, filter_id: int) -> Response:
        """Unmute a phrase. Notifications that were kept back for it do not come back.

        Answers 204; 404 when the caller has no such filter.
        """
        operations.unmute_words(person=request.user, filter_id=filter_id)
        return Response(status=204)
