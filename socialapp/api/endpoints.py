"""Helpers for API views: checked bodies and queries, idempotency keys, and pages of results."""

import json
import re
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from socialapp.api.fields import Flag, Number, TextField
from socialapp.api.pagination import CURSOR_LENGTH, MAX_PAGE_SIZE, PAGE_SIZE, Page

_WORDS_OF_JSON = re.compile(r"true|false|-?(0|[1-9][0-9]{0,18})")


class PageQuery(serializers.Serializer[Any]):
    """The parameters that every list takes."""

    cursor = TextField(
        required=False,
        default="",
        allow_blank=True,
        max_length=CURSOR_LENGTH,
        help_text="The `cursor` in `next` or `previous` of another page. Leave it out for the first page.",
    )
    size = Number(
        required=False,
        default=PAGE_SIZE,
        min_value=1,
        max_value=MAX_PAGE_SIZE,
        help_text="How many results the page has at most.",
    )


PAGE_PARAMETERS: list[Any] = [PageQuery]
KEY_PARAMETER = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    OpenApiParameter.HEADER,
    description=(
        "Up to 64 printable characters that you choose, so that a request can be repeated safely: sent again with the "
        "same key and body, it makes nothing new and answers with what the first request made."
    ),
)


def page_query(request: Request) -> tuple[str, int]:
    """Return the (cursor, size) of a request. Raises ValidationError."""
    values = checked_query(PageQuery, request)
    return values["cursor"], values["size"]


def checked(serializer: type[serializers.Serializer[Any]], data: Any, *, partial: bool = False) -> dict[str, Any]:
    """Return the validated values of a request's body. Raises DRF's ValidationError, which names the fields."""
    return _values(serializer(data=data, partial=partial))


def checked_query(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the validated values of a request's query. Raises ValidationError.

    Numbers, true and false are written in it as in JSON.
    """
    # Not the QueryDict itself: DRF takes what is empty in one for absent.
    data: dict[str, Any] = request.query_params.dict()
    found = serializer(data=data)
    for name, field in found.fields.items():
        if isinstance(field, Flag | Number) and _WORDS_OF_JSON.fullmatch(data.get(name, "")):
            data[name] = json.loads(data[name])
    return _values(found)


def _values(found: serializers.Serializer[Any]) -> dict[str, Any]:
    found.is_valid(raise_exception=True)
    values: dict[str, Any] = found.validated_data
    return values


def idempotency_key(request: Request) -> str:
    """Return the key that the client chose, "" without one. Raises ValidationError for one that cannot be kept.

    The server hands on a header that is not of ASCII as an empty one. Taken for none, it would post twice on a retry.
    """
    key: str | None = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not 1 <= len(key) <= 64 or not key.isprintable():
        raise serializers.ValidationError({"Idempotency-Key": [_("Up to 64 printable characters.")]})
    return key


def paged(request: Request, page: Page[Any], serializer: type[serializers.Serializer[Any]]) -> Response:
    """Answer with `{next, previous, results}`, where next and previous are absolute URLs or null."""
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
    """Return the schema of a page of these items."""
    name = serializer.__name__.removesuffix("Serializer")
    return inline_serializer(
        f"{name}Page",
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": serializer(many=True),
        },
    )
