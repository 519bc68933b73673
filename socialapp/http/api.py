"""What endpoints share: JSON read with care, pages, and text that PostgreSQL can hold."""

from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from socialapp.http.keyset import MAX_PAGE_SIZE, PAGE_SIZE, Page

PAGE_PARAMETERS = [
    OpenApiParameter("cursor", str, description="From `next` or `previous` of another page."),
    OpenApiParameter("size", OpenApiTypes.INT, description=f"1 to {MAX_PAGE_SIZE}; {PAGE_SIZE} unless told."),
]
KEY_PARAMETER = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Up to 64 characters of your choice. Sent again with the same key, the answer is the first one's.",
)


class BriefNegotiation(DefaultContentNegotiation):
    """DRF's, but where there is one format, and nobody asks for another, nothing is worked out."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        asked = request.META.get("QUERY_STRING") or format_suffix
        if len(renderers) == 1 and not asked and request.META.get("HTTP_ACCEPT", "*/*") == "*/*":
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)


class CarefulJSONParser(JSONParser):
    """DRF's parser reads however much is sent, and fails with a 500 on JSON nested too deep: here 413 and 400."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        if int(parser_context["request"].META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("This JSON is nested too deep.")) from error


class BodyField(serializers.CharField):
    """Text of several lines. Lone surrogates, which UTF-8 cannot write, are refused; so is NUL, by CharField."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise serializers.ValidationError(_("This text has half a character in it (a lone surrogate).")) from error
        return text


class PageQuery(serializers.Serializer[Any]):
    """What every page takes."""

    cursor = BodyField(required=False, default="", allow_blank=True, max_length=500)
    size = serializers.IntegerField(required=False, default=PAGE_SIZE, min_value=1, max_value=MAX_PAGE_SIZE)


def page_query(request: Request) -> tuple[str, int]:
    """(cursor, size) of a request. Raises ValidationError."""
    values = checked(PageQuery, request.query_params)
    return values["cursor"], values["size"]


def checked(serializer: type[serializers.Serializer[Any]], data: Any, *, partial: bool = False) -> dict[str, Any]:
    """The values of a request's body or query. Raises DRF's ValidationError, which names the fields."""
    found = serializer(data=data, partial=partial)
    found.is_valid(raise_exception=True)
    values: dict[str, Any] = found.validated_data
    return values


def idempotency_key(request: Request) -> str:
    """What the client chose, or "". Raises ValidationError when it is too long to be kept."""
    key: str = request.headers.get("Idempotency-Key", "")
    if len(key) > 64 or not key.isprintable():
        raise serializers.ValidationError({"Idempotency-Key": [_("Up to 64 printable characters.")]})
    return key


def paged(request: Request, page: Page[Any], serializer: type[serializers.Serializer[Any]]) -> Response:
    """`{next, previous, results}`, where next and previous are whole addresses."""
    return Response(
        {
            "next": _address(request, page.next),
            "previous": _address(request, page.previous),
            "results": serializer(page.items, many=True).data,
        }
    )


def _address(request: Request, token: str | None) -> str | None:
    if token is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = token
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


@cache
def page_of(serializer: type[serializers.Serializer[Any]]) -> Any:
    """The schema of a page of these."""
    name = serializer.__name__.removesuffix("Serializer")
    return inline_serializer(
        f"{name}Page",
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": serializer(many=True),
        },
    )


def with_final_slash(endpoints: list[tuple[Any, ...]], **_kwargs: Any) -> list[tuple[Any, ...]]:
    """The schema tells each route once; without the final slash it is the same."""
    return [endpoint for endpoint in endpoints if endpoint[0].endswith("/")]
