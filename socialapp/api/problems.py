"""Errors of the API as `application/problem+json` (RFC 9457): what went wrong, in which field, and what to do."""

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
from socialapp.api.limits import Exceeded
from socialapp.database import is_away
from socialapp.limits.operations import LimitExceeded
from socialapp.web.slow_bodies import TooManySlow

CONTENT_TYPE = "application/problem+json"
PREFIX = "/api/"
logger = logging.getLogger(__name__)

# However much is wrong with what was sent, the answer is short.
MOST_ERRORS = 20
LONGEST_DETAIL = 300

Errors = list[dict[str, str]]


class ErrorSerializer(serializers.Serializer[Any]):
    """What is wrong with one field. Nested fields are joined by dots; "" means the whole request."""

    field = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """An error (RFC 9457). `detail` says what went wrong and what to do, in the caller's language."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    # Only the name is that of a serializer's own property, which stays.
    scope = serializers.CharField(required=False, help_text="The scope that the token lacks.")
    errors = ShortList(child=ErrorSerializer(), required=False, max_length=MOST_ERRORS)  # type: ignore[assignment]

    def get_fields(self) -> dict[str, Any]:
        """Add the member whose name Python cannot spell."""
        policies = ShortList(
            child=serializers.CharField(),
            required=False,
            max_length=MOST_ERRORS,
            help_text="Of a 429: the limits that were reached.",
        )
        return {**super().get_fields(), "violated-policies": policies}


def problems(*statuses: int) -> dict[Any, Any]:
    """For `extend_schema`: errors of an operation beyond those that any of its kind can have (socialapp.api.schema)."""
    return {(status, CONTENT_TYPE): ProblemSerializer for status in statuses}


def problem(status: int, detail: str, errors: Errors | None = None) -> dict[str, Any]:
    """Build a body with the members of RFC 9457, 3.1, and `errors`: [{"field", "detail"}], where `field` may be "".

    Only `detail` is in the caller's language; `title` is the standard phrase of the status.
    """
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body["detail"] = detail
    if errors:
        body["errors"] = errors
    return body


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER: answer any exception as a problem. Unexpected ones are logged and not described."""
    set_rollback()
    if not isinstance(error, exceptions.APIException):
        error = _as_api_error(error, context)
    errors = list(islice(_errors(error.detail), MOST_ERRORS)) if isinstance(error, exceptions.ValidationError) else []
    # With one thing wrong, that is the sentence to read; with several, `errors` has them.
    detail = str(error.detail) if not errors else " ".join(dict.fromkeys(each["detail"] for each in errors))
    body = problem(error.status_code, detail, errors)
    if scope := getattr(error, "scope", None):
        body["scope"] = scope
    if isinstance(error, Exceeded):
        body |= {"type": error.type, "violated-policies": [error.kind]}
    response = Response(body, status=error.status_code, headers=_headers(error))
    response.content_type = CONTENT_TYPE
    return response


class TooLarge(exceptions.APIException):
    """The body is larger than its parser accepts, or than DATA_UPLOAD_MAX_MEMORY_SIZE."""

    status_code = 413
    default_detail = gettext_lazy("This is too large. Send less at once.")


class Busy(exceptions.APIException):
    """Too many slow uploads are under way: see socialapp.web.slow_bodies."""

    status_code = 503
    default_detail = gettext_lazy("Too many are sending something just now. Try again in some seconds.")
    wait = 9


class DatabaseAway(exceptions.APIException):
    """The database does not answer, or ended the connection: it is restarted, or another one takes over."""

    status_code = 503
    default_detail = gettext_lazy(
        "The database does not answer just now. Send it again in some seconds; with an Idempotency-Key it happens once."
    )
    wait = 4


class Outlived(exceptions.APIException):
    """See KeyOutlived in socialapp.api.idempotency."""

    status_code = 409
    default_detail = gettext_lazy(
        "What was made under this Idempotency-Key was deleted. To make it again, use another key."
    )


class Reused(exceptions.APIException):
    """See KeyReused in socialapp.api.idempotency."""

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
        return _of_the_domain(error)
    if type(error) in OURS:
        return OURS[type(error)]()
    if isinstance(error, BadRequest | SuspiciousOperation | RecursionError):
        return exceptions.ParseError(_("This request cannot be read."))
    return _unexpected(error, context["request"].path)


def _unexpected(error: Exception, path: str) -> exceptions.APIException:
    logger.error("The API failed at %s", path, exc_info=error)
    if is_away(error):
        return DatabaseAway()
    return exceptions.APIException(_("Something went wrong here, not with you. It is noted. Please try again."))


def _of_the_domain(error: ValidationError) -> exceptions.APIException:
    if isinstance(error, LimitExceeded):
        return Exceeded(" ".join(error.messages), error.kind)
    return exceptions.ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)


def _errors(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """Flatten DRF's nested details; nested fields are joined by dots."""
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
    """Answer 404 for addresses below the API's prefix that are no route."""
    body = problem(404, _("There is no such route. The routes are listed at /api/social/v1/docs/."))
    return JsonResponse(body, status=404, content_type=CONTENT_TYPE)
