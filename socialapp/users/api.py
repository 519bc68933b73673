"""People through the API."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.http.api import PAGE_PARAMETERS, BodyField, checked, page_of, page_query, paged
from socialapp.http.keyset import paginate
from socialapp.users.models import Person
from socialapp.users.queries import find_people


class PersonSerializer(serializers.Serializer[Person]):
    """Somebody, as they stand beside what they did."""

    username = serializers.CharField()
    name = serializers.CharField(source="display_name")
    bio = serializers.CharField()


class FindQuery(serializers.Serializer[Any]):
    """Whom to look for."""

    q = BodyField(required=False, default="", allow_blank=True, max_length=60)


class PeopleView(APIView):
    """Find people."""

    @extend_schema(
        operation_id="people_find",
        parameters=[OpenApiParameter("q", str, description="Beginning of a username or name."), *PAGE_PARAMETERS],
        responses=page_of(PersonSerializer),
    )
    def get(self, request: Request) -> Response:
        """People whose username or name begins with `q`, by username; nobody for an empty `q`."""
        q = checked(FindQuery, request.query_params)["q"]
        cursor, size = page_query(request)
        return paged(request, paginate(find_people(q), ["username"], cursor, size), PersonSerializer)
