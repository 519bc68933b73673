"""Failures of the API as `application/problem+json` (RFC 9457): what went wrong, which field, what to do."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import set_rollback

from socialapp.api.fields import ShortList
from socialapp.api.idempotency import KeyOutlived, KeyReused
from socialapp.web.slow_bodies import TooManySlow

CONTENT_TYPE = "application/problem+json"
PREFIX = "/api/"
logger = logging.getLogger(__name__)

# However much is wrong with what was sent, the answer is short.
MOST_ERRORS = 20
LONGEST_DETAIL = 300

Errors = list[dict[str, str]]


class ErrorSerializer(serializers.Serializer[Any]):
    """What is wrong with one field, by dots for a field of a field; "" for the whole."""

    field = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """What went wrong (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    # Only the name is that of a serializer's own property, which stays.
    errors = ShortList(child=ErrorSerializer(), required=False, max_length=MOST_ERRORS)  # type: ignore[assignment]


def problems(*statuses: int) -> dict[Any, Any]:
    """For `extend_schema`: failures that an operation can have beside those of its kind (socialapp.api.schema)."""
    return {(status, CONTENT_TYPE): ProblemSerializer for status in statuses}


def problem(status: int, detail: str, errors: Errors | None = None) -> dict[str, Any]:
    """The members of RFC 9457, 3.1, and `errors`: [{"field", "detail"}], where `field` may be "".

    Only `detail` speaks the caller's language: `title` is what status and documentation call it.
    """
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body["detail"] = detail
    if errors:
        body["errors"] = errors
    return body


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER. What nobody foresaw is logged, and told without its details."""
    set_rollback()
    if not isinstance(error, exceptions.APIException):
        error = _as_api_error(error, context)
    errors = list(islice(_errors(error.detail), MOST_ERRORS)) if isinstance(error, exceptions.ValidationError) else []
    # With one thing wrong, that is the sentence to read; with several, `errors` has them.
    detail = str(error.detail) if not errors else " ".join(dict.fromkeys(each["detail"] for each in errors))
    response = Response(problem(error.status_code, detail, errors), status=error.status_code, headers=_headers(error))
    response.content_type = CONTENT_TYPE
    return response


class TooLarge(exceptions.APIException):
    """What was sent is larger than a parser takes, or DATA_UPLOAD_MAX_MEMORY_SIZE."""

    status_code = 413
    default_detail = gettext_lazy("This is too large. Send less at once.")


class Busy(exceptions.APIException):
    """What socialapp.web.slow_bodies refuses."""

    status_code = 503
    default_detail = gettext_lazy("Too many are sending something just now. Try again in some seconds.")
    wait = 9


class Outlived(exceptions.APIException):
    """KeyOutlived, of socialapp.api.idempotency."""

    status_code = 409
    default_detail = gettext_lazy(
        "What was made under this Idempotency-Key was deleted. To make it again, use another key."
    )


class Reused(exceptions.APIException):
    """KeyReused, of socialapp.api.idempotency."""

    status_code = 422
    default_detail = gettext_lazy(
        "This Idempotency-Key came with something else before. Send what is new under a key of its own."
    )


OURS: dict[type[Exception], type[exceptions.APIException]] = {
    RequestDataTooBig: TooLarge,
    TooManySlow: Busy,
    KeyOutlived: Outlived,
    KeyReused: Reused,
}


def _as_api_error(error: Exception, context: dict[str, Any]) -> exceptions.APIException:
    if isinstance(error, ObjectDoesNotExist | Http404):
        return exceptions.NotFound(_("There is nothing here: it is gone, or you may not see it."))
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, ValidationError):
        named = hasattr(error, "error_dict")
        return exceptions.ValidationError(error.message_dict if named else error.messages)
    if type(error) in OURS:
        return OURS[type(error)]()
    if isinstance(error, BadRequest | SuspiciousOperation | RecursionError):
        return exceptions.ParseError(_("This request cannot be read."))
    logger.error("The API failed at %s", context["request"].path, exc_info=error)
    return exceptions.APIException(_("Something went wrong here, not with you. It is noted. Please try again."))


def _errors(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested details, flat; fields of fields by dots."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name in {"non_field_errors", "__all__"} else str(name)
            yield from _errors(inner, f"{field}.{own}".strip(".") if own else field)
    elif isinstance(detail, list):
        for inner in detail:
            yield from _errors(inner, field)
    else:
        yield {"field": field, "detail": Truncator(detail).chars(LONGEST_DETAIL)}


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return headers


@csrf_exempt
def nothing_here(_request: HttpRequest, *_args: object, **_kwargs: object) -> JsonResponse:
    """For addresses below the API's that are no route."""
    body = problem(404, _("There is no such route. The routes are listed at /api/social/v1/docs/."))
    return JsonResponse(body, status=404, content_type=CONTENT_TYPE)
