"""People in the API."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from socialapp.api.endpoints import PAGE_PARAMETERS, checked_query, page_of, page_query, paged
from socialapp.api.fields import TextField
from socialapp.api.pagination import paginate
from socialapp.media.api import UPLOAD, ImageParser, uploaded
from socialapp.media.files import absolute, url_of
from socialapp.media.models import SIZES, Kind
from socialapp.users import operations
from socialapp.users.models import USERNAME_VALIDATORS, Person
from socialapp.users.queries import find_people
from socialapp.users.requests import MemberApiRequest


@extend_schema_field(OpenApiTypes.URI)
class AvatarField(serializers.CharField):
    """The address of a person's picture; null when they have none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **options)

    def to_representation(self, value: str) -> str | None:  # type: ignore[override]
        return absolute(url_of(value, SIZES[Kind.AVATAR][-1])) if value else None


class PersonSerializer(serializers.Serializer[Person]):
    """A person, in short: as lists and posts show them."""

    username = serializers.CharField()
    name = serializers.CharField(source="plain_name")
    bio = serializers.CharField()
    avatar = AvatarField()


class UsernameField(TextField):
    """A username, whether or not somebody has it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=30, validators=USERNAME_VALIDATORS, **options)


class FindQuery(serializers.Serializer[Any]):
    """A query for people."""

    q = TextField(
        required=False,
        default="",
        allow_blank=True,
        max_length=60,
        help_text="Beginnings of words of a username or name.",
    )


class PeopleView(APIView):
    """Search for people."""

    @extend_schema(
        operation_id="people_find",
        parameters=[FindQuery, *PAGE_PARAMETERS],
        responses=page_of(PersonSerializer),
    )
    def get(self, request: Request) -> Response:
        """List the people whose name or username has words that begin like those of `q`, by username.

        Anyone may search; with a token, people who have a block with the caller are left out. Case and
        accents do not matter: “alvarez” finds José Álvarez. None for an empty `q`.
        """
        q = checked_query(FindQuery, request)["q"]
        cursor, size = page_query(request)
        return paged(request, paginate(find_people(q, request.user.pk), ["username"], cursor, size), PersonSerializer)


class AvatarView(APIView):
    """The caller's picture."""

    permission_classes = (IsAuthenticated,)
    parser_classes = (MultiPartParser, ImageParser)

    @extend_schema(request=UPLOAD, responses=PersonSerializer)
    def put(self, request: MemberApiRequest) -> Response:
        """Set the caller's picture: JPEG, PNG, WebP, GIF or AVIF, up to 10 MB. Its middle is shown, as a square.

        It replaces the one before. 400 when it is no picture or has too many pixels, 413 when it is too large.
        """
        operations.change_avatar(person=request.user, file=uploaded(request))
        return Response(PersonSerializer(request.user).data)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest) -> Response:
        """Remove the caller's picture; their initials are shown again.

        Answers 204, also when there was no picture.
        """
        operations.remove_avatar(person=request.user)
        return Response(status=204)
