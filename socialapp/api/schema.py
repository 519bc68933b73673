"""The OpenAPI schema of the API, and what is added to it for all operations."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.utils import translation
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from socialapp.api.problems import CONTENT_TYPE


class SchemaView(SpectacularAPIView):
    """Serves the schema, always in English."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with translation.override(settings.LANGUAGE_CODE):
            described: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        return described


def with_final_slash(endpoints: list[tuple[Any, ...]], **_kwargs: Any) -> list[tuple[Any, ...]]:
    """List each route once: the one without the final slash is the same."""
    return [endpoint for endpoint in endpoints if endpoint[0].endswith("/")]


def with_problems(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Add the errors that any operation of its kind can have. An operation declares those of its own."""
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for methods in result["paths"].values():
        for method, operation in methods.items():
            for status in _failures(method, operation):
                description = HTTPStatus(status).phrase
                operation["responses"].setdefault(str(status), {"content": content, "description": description})
    return result


def with_required_uploads(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Require the body of each upload: spectacular takes a body that has no serializer, as a file's, for optional."""
    for methods in result["paths"].values():
        for operation in methods.values():
            if "image/*" in operation.get("requestBody", {}).get("content", {}):
                operation["requestBody"]["required"] = True
    return result


def _failures(method: str, operation: dict[str, Any]) -> Iterator[int]:
    places = {parameter["in"] for parameter in operation.get("parameters", [])}
    yield from (401, 406)
    if "path" in places:
        yield 404
    if "query" in places or "header" in places:
        yield 400
    if method != "get":
        # The session's CSRF token; an account that may not act; somebody else's; a limit; a body that comes too slowly.
        yield from (400, 403, 429, 503)
    if "requestBody" in operation:
        yield from (413, 415)
