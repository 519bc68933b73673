"""People through the API."""

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
    """A person's picture, as an address; null for who has none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **options)

    def to_representation(self, value: str) -> str | None:  # type: ignore[override]
        return absolute(url_of(value, SIZES[Kind.AVATAR][-1])) if value else None


class PersonSerializer(serializers.Serializer[Person]):
    """Somebody, as they stand beside what they did."""

    username = serializers.CharField()
    name = serializers.CharField(source="plain_name")
    bio = serializers.CharField()
    avatar = AvatarField()


class UsernameField(TextField):
    """A username, of somebody or nobody."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=30, validators=USERNAME_VALIDATORS, **options)


class FindQuery(serializers.Serializer[Any]):
    """Whom to look for."""

    q = TextField(
        required=False,
        default="",
        allow_blank=True,
        max_length=60,
        help_text="Beginnings of words of a username or name.",
    )


class PeopleView(APIView):
    """Find people."""

    @extend_schema(
        operation_id="people_find",
        parameters=[FindQuery, *PAGE_PARAMETERS],
        responses=page_of(PersonSerializer),
    )
    def get(self, request: Request) -> Response:
        """People in whose name or username each word of `q` begins a word, by username; none for an empty `q`.

        Case and accents do not count: “alvarez” finds José Álvarez.
        """
        q = checked_query(FindQuery, request)["q"]
        cursor, size = page_query(request)
        return paged(request, paginate(find_people(q), ["username"], cursor, size), PersonSerializer)


class AvatarView(APIView):
    """The caller's picture."""

    permission_classes = (IsAuthenticated,)
    parser_classes = (MultiPartParser, ImageParser)

    @extend_schema(request=UPLOAD, responses=PersonSerializer)
    def put(self, request: MemberApiRequest) -> Response:
        """JPEG, PNG, WebP, GIF or AVIF, up to 10 MB; its middle is shown, as a square. In place of the one before."""
        operations.change_avatar(person=request.user, file=uploaded(request))
        return Response(PersonSerializer(request.user).data)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberApiRequest) -> Response:
        """Initials again; 204, also when there was no picture."""
        operations.remove_avatar(person=request.user)
        return Response(status=204)
